/** Findings for people: each kind, worst first, with its examples. */
import type { Severity } from '../../facts/findings.js';
import { printable } from '../../storage/names.js';
import type { CheckReport, FindingRow, FindingSample } from '../model.js';
import { heading, type Style, shortName } from '../style.js';

const LABELS: Readonly<Record<Severity, string>> = {
  unsafe: 'UNSAFE',
  damaged: 'DAMAGED',
  debris: 'debris',
  info: 'info',
};
const INDENT = ' '.repeat(10);

export function* checkText(report: CheckReport, style: Style): Generator<string> {
  if (report.findings.length === 0) yield 'No findings: the tree is in order.\n';
  yield* findingsText(report.findings, style, Number.POSITIVE_INFINITY);
}

/** @param samples how many of each kind are shown; with more than one, the remedy too */
export function* findingsText(
  findings: readonly FindingRow[],
  style: Style,
  samples: number,
): Generator<string> {
  if (findings.length === 0) return;
  yield `\n${heading(style, 'Findings')}`;
  for (const finding of findings) {
    const number = finding.count.toLocaleString('en-US');
    yield `  ${label(finding.severity, style)}${number} × ${finding.message}\n`;
    for (const sample of finding.samples.slice(0, samples)) {
      const text = sampleText(sample);
      yield `${INDENT}${samples > 1 ? text : shortName(text, Math.max(40, style.width - 10))}\n`;
    }
    if (samples > 1) yield `${INDENT}→ ${finding.remedy}\n`;
  }
}

function label(severity: Severity, { paint }: Style): string {
  const text = LABELS[severity].padEnd(8);
  if (severity === 'info') return paint.dim(text);
  return severity === 'debris' ? paint.yellow(text) : paint.red(text);
}

function sampleText({ path, digest, detail }: FindingSample): string {
  const named = digest !== undefined && !path.includes(digest.slice(digest.indexOf(':') + 1));
  const about = [named ? digest : undefined, detail].filter((part) => part !== undefined);
  return printable(about.length === 0 ? path : `${path} (${about.join('; ')})`);
}
