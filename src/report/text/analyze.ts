/** The text of `analyze`: disk usage, garbage, findings, and next steps. */

import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import type { Amount } from '../model/common.js';
import type { AnalyzeReport, AnalyzeTotals } from '../model/model.js';
import type { Outlook, View } from '../model/view.js';
import { bar, columns, count, heading, type Style, shortName, size } from '../style.js';
import { agesText, growthText, layersText, repositoriesText, tagsText } from './analyze-lists.js';
import { findingsText } from './findings.js';

const BAR = 24;
/** Minimum width of the terminal for bars. */
const WITH_BARS = 76;

export function* analyzeText(
  report: AnalyzeReport & { readonly view?: View },
  style: Style,
): Generator<string> {
  yield* whereItGoes(report, style);
  yield* agesText(report.ages ?? [], style);
  yield* growthText(report, style);
  if (report.layers !== undefined) yield* layersText(report.layers, style);
  else if (report.tags === undefined) yield* repositoriesText(report, style);
  else yield* tagsText(report.tags, report.view ?? {}, style);
  if (report.garbage !== undefined) yield* garbage(report, style);
  yield* findingsText(report.findings, style, 1);
  yield `\n${heading(style, 'Next')}`;
  for (const step of nextSteps(report, report.view ?? {})) yield `  ${step}\n`;
}

function* whereItGoes(
  { root, totals, filesystem }: AnalyzeReport,
  style: Style,
): Generator<string> {
  yield heading(
    style,
    `Registry storage at ${shortName(root, Math.min(100, Math.max(20, style.width - 20)))}`,
  );
  yield `Filesystem: ${size(filesystem.bytes)}, ${size(filesystem.freeBytes)} free\n`;
  yield `${[
    count(totals.repositories, 'repository', 'repositories'),
    count(totals.tags, 'tag'),
    count(totals.manifests, 'manifest'),
    count(totals.layerLinks, 'layer link'),
    count(totals.uploads, 'upload'),
  ].join(', ')}\n\n`;
  const barStyle = { ...style, bars: style.bars && style.width >= WITH_BARS };
  const row = (name: string, amount: Amount): string[] => [
    name,
    amount.blobs.toLocaleString('en-US'),
    size(amount.bytes),
    size(amount.diskBytes),
    bar(barStyle, totals.diskBytes > 0 ? amount.diskBytes / totals.diskBytes : 0, BAR),
  ];
  const rows = [
    row('in use', totals.live),
    row('recent, protected', totals.young),
    row('garbage', totals.garbage),
  ];
  if (totals.immovable.blobs > 0) rows.push(row('garbage, can’t be moved', totals.immovable));
  rows.push(row('all blobs', totals));
  if (totals.uploads > 0) rows.push(uploadsRow(totals));
  if (totals.quarantined.runs > 0) {
    const { runs, bytes, diskBytes } = totals.quarantined;
    const name = `in quarantine (${count(runs, 'run')})`;
    rows.push([name, '', size(bytes), size(diskBytes), '']);
  }
  yield* columns(style, ['', 'blobs', 'size', 'on disk', ''], rows);
}

/** Uploads are no blobs yet, so they are counted in addition. */
function uploadsRow({ uploads, uploadBytes, uploadDiskBytes }: AnalyzeTotals): string[] {
  return [
    `uploads (${uploads.toLocaleString('en-US')})`,
    '',
    size(uploadBytes),
    size(uploadDiskBytes),
    '',
  ];
}

function* garbage(report: AnalyzeReport, style: Style): Generator<string> {
  yield `\n${heading(style, 'Garbage')}`;
  for (const { digest, bytes, modifiedAt } of report.garbage ?? []) {
    yield `  ${digest}  ${size(bytes).padStart(9)}  ${modifiedAt}\n`;
  }
}

/** Next steps: commands, each with its effect after `   # `, or one sentence if there is none. */
export function nextSteps(
  report: AnalyzeReport,
  { flags = '', ages = '', place = '', outlook }: View,
): string[] {
  const { root, totals, findings } = report;
  const where = shellWord(root) + place;
  const steps = cleaningSteps(report, `${where}${flags}`, `${where}${ages}`, outlook);
  if (findings.some(({ severity }) => severity === 'damaged')) {
    steps.push(`regsweep check ${where}   # lists every damaged item with its remedy`);
  }
  if (totals.immovable.blobs > 0) {
    const held = size(totals.immovable.diskBytes);
    steps.push(`regsweep check ${where}   # why ${held} of garbage can’t be moved, and what helps`);
  }
  if (totals.quarantined.runs > 0) {
    const held = size(totals.quarantined.diskBytes);
    steps.push(`regsweep trash list ${where}   # ${held} in quarantine`);
  }
  const orphans = findings.find(({ code }) => code === 'orphaned-signature');
  if (orphans !== undefined && outlook?.obstacle === undefined) {
    steps.push(
      `regsweep sweep ${where}${flags} --orphan-signatures   # ${count(orphans.count, 'signature')} of deleted images`,
    );
  }
  const { untagged = 0, allRecent = false } = outlook ?? {};
  if (untagged > 0) {
    steps.push(
      `regsweep analyze ${where} -m${flags}   # counts ${count(untagged, 'untagged manifest')} as garbage`,
    );
  }
  if (allRecent) {
    steps.push(
      `regsweep analyze ${where}${flags} --age-by mtime   # every blob is recent by its change time, as in a copied or restored tree`,
    );
  } else if (totals.young.blobs > 0 && findings.some(({ code }) => code === 'equal-ctimes')) {
    steps.push(
      `regsweep analyze ${where}${flags} --age-by mtime   # most change times are equal, so they are no ages`,
    );
  }
  return steps.length > 0 ? steps : ['nothing to do'];
}

/** A remedy may have several lines: sentences and commands. */
const printableLines = (text: string): string => text.split('\n').map(printable).join('\n    ');

/** Commands that remove something, or the obstacle to them. */
function cleaningSteps(
  { totals, findings }: AnalyzeReport,
  sweepWhere: string,
  tidyWhere: string,
  outlook: Outlook | undefined,
): string[] {
  const allow = outlook?.permissions ?? '';
  const { garbage, staleUploads } = totals;
  const tidies = findings.some(({ remedy }) => remedy === 'regsweep tidy');
  const unsafe = findings.find(({ severity }) => severity === 'unsafe');
  const obstacle = outlook?.obstacle ?? (unsafe && `${unsafe.samples[0]?.path}: ${unsafe.remedy}`);
  if (obstacle !== undefined)
    return [`Nothing can be removed until this is resolved: ${printableLines(obstacle)}`];
  if (garbage.blobs > 0) {
    const uploads =
      staleUploads.uploads > 0 ? `, ${size(staleUploads.diskBytes)} of abandoned uploads` : '';
    return [
      `regsweep sweep ${sweepWhere}${allow}   # reclaims ${size(garbage.diskBytes)} of blobs${uploads}; the registry must be stopped or read-only`,
    ];
  }
  if (staleUploads.uploads > 0) {
    const amount = size(staleUploads.diskBytes);
    return [`regsweep sweep ${sweepWhere}${allow}   # ${amount} of abandoned uploads`];
  }
  return tidies
    ? [`regsweep tidy ${tidyWhere}${allow}   # removes leftovers of earlier garbage collections`]
    : [];
}
