/** The reporters: each turns a report into chunks of text, and prints nothing. */
import { jsonChunks, ndjsonChunks } from './json.js';
import type { Report } from './model.js';
import type { Style } from './style.js';
import { analyzeText } from './text/analyze.js';
import { changeText, outcomeText, trashText } from './text/change.js';
import { checkText } from './text/findings.js';
import { auditText, explainText, guardText } from './text/others.js';
import { planText } from './text/plan.js';
import { policyCheckText, previewText, removalText } from './text/removal.js';

export type Reporter = (report: Report, style: Style) => Iterable<string>;

type TextOf = {
  readonly [K in Report['kind']]: (
    report: Extract<Report, { kind: K }>,
    style: Style,
  ) => Iterable<string>;
};

const texts: TextOf = {
  analyze: analyzeText,
  check: checkText,
  plan: planText,
  change: changeText,
  trash: trashText,
  guard: guardText,
  outcome: outcomeText,
  explain: explainText,
  audit: auditText,
  removal: removalText,
  'policy-check': policyCheckText,
  preview: previewText,
};

function documentOf({ kind: _, ...document }: Report): Readonly<Record<string, unknown>> {
  return document;
}

export const reporters = {
  table: (report, style) => {
    const text = texts[report.kind] as (report: Report, style: Style) => Iterable<string>;
    return text(report, style);
  },
  json: (report) => jsonChunks(documentOf(report)),
  ndjson: (report) => ndjsonChunks(documentOf(report)),
} as const satisfies Record<string, Reporter>;
