/** The text of findings: the worst first, with examples. */
import type { Severity } from '../../facts/findings.js';
import { printable } from '../../storage/names.js';
import { remedyCommand } from '../build/remedy-command.js';
import type { FindingRow, FindingSample } from '../model/common.js';
import type { CheckReport, ImageRow, Verified } from '../model/model.js';
import type { View } from '../model/view.js';
import { count, heading, type Style, shortName, size } from '../style.js';

const LABELS: Readonly<Record<Severity, string>> = {
  unsafe: 'UNSAFE',
  damaged: 'DAMAGED',
  debris: 'debris',
  info: 'info',
};
const IMAGES_SHOWN = 10;
const INDENT = ' '.repeat(10);

export function* checkText(
  report: CheckReport & { readonly view?: View },
  style: Style,
): Generator<string> {
  if (report.verified !== undefined) yield* verifiedText(report, report.verified, style);
  if (report.findings.length === 0) yield 'No findings: the tree is in order.\n';
  const findings = report.findings.map((finding) => ({
    ...finding,
    remedy: remedyCommand(finding.remedy, report.root, report.view) ?? finding.remedy,
  }));
  yield* findingsText(findings, style, Number.POSITIVE_INFINITY);
}

function* verifiedText(
  { corrupt = [] }: CheckReport,
  { blobs, bytes, goneBlobs }: Verified,
  style: Style,
): Generator<string> {
  const gone = goneBlobs === 0 ? '' : `, ${count(goneBlobs, 'blob')} removed during the run`;
  const unread = corrupt.filter(({ problem }) => problem !== undefined).length;
  const verdicts = [
    corrupt.length > unread ? style.paint.red(`${whole(corrupt.length - unread)} corrupt`) : '',
    unread > 0 ? style.paint.red(`${whole(unread)} not readable`) : '',
  ].filter((verdict) => verdict !== '');
  const verdict = verdicts.join(', ') || 'all digests match';
  yield `${count(blobs - unread, 'blob')} verified, ${size(bytes)}${gone}: ${verdict}\n`;
  for (const { digest, problem, images } of corrupt) {
    yield `  ${digest}${problem === undefined ? '' : `: ${problem}`}\n`;
    if (images.length === 0) yield `${INDENT}no image needs it\n`;
    const verb = problem === undefined ? 'breaks' : 'needed by';
    for (const image of images.slice(0, IMAGES_SHOWN)) yield `${INDENT}${verb} ${nameOf(image)}\n`;
    if (images.length > IMAGES_SHOWN) {
      yield `${INDENT}… and ${images.length - IMAGES_SHOWN} more (--format json lists all)\n`;
    }
  }
}

const whole = (number: number): string => number.toLocaleString('en-US');

const nameOf = ({ repository, tag, digest }: ImageRow): string =>
  printable(tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`);

/** @param samples maximum number of examples of each kind; if above 1, the remedy is shown, too */
export function* findingsText(
  findings: readonly FindingRow[],
  style: Style,
  samples: number,
): Generator<string> {
  if (findings.length === 0) return;
  yield `\n${heading(style, 'Findings')}`;
  for (const finding of findings) {
    const { remedy } = finding;
    const number = finding.count === 1 ? '' : `${finding.count.toLocaleString('en-US')} × `;
    yield `  ${label(finding.severity, style)}${number}${finding.message}\n`;
    for (const sample of finding.samples.slice(0, samples)) {
      const text = sampleText(sample);
      yield `${INDENT}${samples > 1 ? text : shortName(text, Math.max(40, style.width - 10))}\n`;
      if (samples > 1 && sample.command !== undefined && !remedy.startsWith(sample.command))
        yield `${INDENT}  ${sample.command.replaceAll('\n', `\n${INDENT}  `)}\n`;
    }
    if (samples > 1) yield `${INDENT}→ ${remedy}\n`;
  }
}

function label(severity: Severity, { paint }: Style): string {
  const text = LABELS[severity].padEnd(8);
  if (severity === 'info') return paint.dim(text);
  return severity === 'debris' ? paint.yellow(text) : paint.red(text);
}

function sampleText({ path, repository, tag, digest, detail }: FindingSample): string {
  const named = digest !== undefined && !path.includes(digest.slice(digest.indexOf(':') + 1));
  const image = tag === undefined ? repository : `${repository}:${tag}`;
  const isInPath = repository === undefined || path.includes(`repositories/${repository}/`);
  const about = [named ? digest : undefined, isInPath ? undefined : `in ${image}`, detail].filter(
    (part) => part !== undefined,
  );
  return printable(about.length === 0 ? path : `${path} (${about.join('; ')})`);
}
