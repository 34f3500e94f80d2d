/** The reporters. Each turns a report into chunks of text, and prints nothing. */

import { documentOf } from './build/document.js';
import { analyzeCsv } from './formats/csv.js';
import { jsonChunks, ndjsonChunks } from './formats/json.js';
import type { Report } from './model/model.js';
import type { Style } from './style.js';
import { analyzeText } from './text/analyze.js';
import { changeText, outcomeText, trashText } from './text/changes/change.js';
import { planText } from './text/changes/plan.js';
import { policyCheckText, previewText, removalText } from './text/changes/removal.js';
import { findText } from './text/find.js';
import { checkText } from './text/findings.js';
import { historyText } from './text/history.js';
import { diskUsageText, listText } from './text/listing.js';
import { approvedText, auditText, explainText, guardText, writtenText } from './text/others.js';
import { pullsText } from './text/pulls.js';

export type Reporter = (report: Report, style: Style) => Iterable<string>;

type TextOf = {
  readonly [K in Report['kind']]: (
    report: Extract<Report, { kind: K }>,
    style: Style,
  ) => Iterable<string>;
};

const texts: TextOf = {
  analyze: analyzeText,
  history: historyText,
  check: checkText,
  plan: planText,
  change: changeText,
  trash: trashText,
  guard: guardText,
  find: findText,
  outcome: outcomeText,
  explain: explainText,
  audit: auditText,
  list: listText,
  'disk-usage': diskUsageText,
  written: writtenText,
  approved: approvedText,
  removal: removalText,
  'policy-check': policyCheckText,
  preview: previewText,
  pulls: pullsText,
};

export const reporters = {
  table: (report, style) => {
    const text = texts[report.kind] as (report: Report, style: Style) => Iterable<string>;
    return text(report, style);
  },
  json: (report) => jsonChunks(documentOf(report)),
  ndjson: (report) => ndjsonChunks(documentOf(report)),
  /** Only `analyze` has rows of one kind. */
  csv: (report) => (report.kind === 'analyze' ? analyzeCsv(report) : []),
} as const satisfies Record<string, Reporter>;
