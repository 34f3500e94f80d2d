/** The texts of removals and policies. */
import { printable } from '../../../storage/names.js';
import type {
  PolicyCheckReport,
  PreviewImage,
  PreviewReport,
  RemovalReport,
  RemovedRow,
} from '../../model/model.js';
import { columns, count, heading, type Style, shortName, size } from '../../style.js';

const SHOWN = 40;
const HOLDERS_SHOWN = 4;

export function* removalText(report: RemovalReport, style: Style): Generator<string> {
  yield heading(style, `Removing from ${shortName(report.root, 100)}`);
  yield* removedText(report.removed);
  for (const { repository, digest, tags } of report.staying.slice(0, SHOWN)) {
    const by = tags.length === 0 ? 'other kept items need it' : `still tagged ${tags.join(', ')}`;
    yield `  kept: ${shortName(repository, 200)}@${digest} (${shortName(by, 200)})\n`;
  }
  const { blobs, bytes, diskBytes } = report.frees;
  yield `frees ${size(diskBytes)} on disk, with link files: ${count(blobs, 'blob')} of ${size(bytes)}\n`;
  yield* laterText(report.later);
  yield* sharedText(report);
  for (const line of [...report.obstacles, ...report.run.notes]) yield `${line}\n`;
}

/** The shared blobs once, with the repositories that need most of them. */
function* sharedText({ shared, sharedWith }: RemovalReport): Generator<string> {
  if (shared.blobs === 0) return;
  const amount = `${count(shared.blobs, 'blob')}, ${size(shared.bytes)}`;
  const names = [...sharedWith]
    .sort((a, b) => b.bytes - a.bytes)
    .flatMap(({ repository }) => (repository === null ? [] : shortName(repository, 200)));
  if (names.length === 0) {
    yield `kept: ${amount}, which can’t be moved, are in use by --keep-digests, or may be needed by a damaged item\n`;
    return;
  }
  const rest = names.length - HOLDERS_SHOWN;
  const more = rest > 0 ? ` and ${rest.toLocaleString('en-US')} more` : '';
  yield `kept, because shared: ${amount}, needed by ${names.slice(0, HOLDERS_SHOWN).join(', ')}${more}\n`;
}

export function* laterText({ blobs, bytes, until }: RemovalReport['later']): Generator<string> {
  if (blobs === 0) return;
  const when = until === null ? '' : ` (all of it after ${until})`;
  yield `${count(blobs, 'blob')}, ${size(bytes)}, newer than --min-age: a later sweep removes them${when}\n`;
}

/** A line per removed tag, manifest and repository, up to a maximum. */
export function* removedText(rows: Iterable<RemovedRow>): Generator<string> {
  let number = 0;
  for (const row of rows) {
    number += 1;
    if (number <= SHOWN)
      yield `  ${row.kind.padEnd(10)} ${nameOf(row)}: ${printable(row.reason)}\n`;
  }
  if (number > SHOWN) yield `  … and ${(number - SHOWN).toLocaleString('en-US')} more\n`;
}

function nameOf({ kind, repository, tag, digest, about }: RemovedRow): string {
  const name = shortName(repository, 200);
  if (kind === 'repository') return name;
  if (tag === undefined) return `${name}@${digest}`;
  const subject = about === undefined ? '' : ` (of ${about})`;
  return `${name}:${shortName(tag, 140)}${subject}`;
}

export function* policyCheckText(report: PolicyCheckReport, { paint }: Style): Generator<string> {
  for (const problem of report.problems) yield `${problem}\n`;
  if (!report.ok) return;
  const rules = report.rules > 0 ? `, ${count(report.rules, 'rule')}` : '';
  const entries = count(report.entries, 'entry', 'entries');
  yield `${paint.green('valid')}: ${report.file}: ${entries}${rules}\n`;
  yield* warningLines(report, paint);
}

function* warningLines(
  { readings, warnings }: Pick<PolicyCheckReport, 'readings' | 'warnings'>,
  paint: Style['paint'],
): Generator<string> {
  for (const reading of readings) yield `read ${printable(reading)}\n`;
  for (const { at, message } of warnings) {
    yield `${paint.yellow('warning')} ${printable(at)}: ${printable(message)}\n`;
  }
}

export function* previewText(report: PreviewReport, style: Style): Generator<string> {
  yield heading(style, `${report.file} on ${shortName(report.root, 100)}`);
  yield* warningLines(report, style.paint);
  const rows = report.repositories.filter(({ expiring }) => expiring > 0);
  const tables = grouped(report.expiring);
  for (const row of rows) {
    const of = `${row.expiring.toLocaleString('en-US')} of ${count(row.manifests, 'manifest')}`;
    yield `${style.paint.bold(shortName(row.repository, 200))}: ${of}, ${count(row.tags, 'tag')}; ${size(row.bytes)} of the freed data is unique to it\n`;
    yield expiringTable(tables.get(row.repository) ?? [], row.expiring, style);
  }
  const { totals } = report;
  yield `${count(totals.expiring, 'manifest')} of ${totals.manifests.toLocaleString('en-US')} and ${count(totals.tags, 'tag')} expire: ${count(totals.blobs, 'blob')}, ${size(totals.bytes)}; frees ${size(totals.diskBytes)} on disk\n`;
  yield* laterText({ ...totals.young, until: null });
  for (const { message, remedy, count: number } of report.findings) {
    yield `${count(number, 'place')}: ${message}; ${remedy}\n`;
  }
}

/** The first rows of each repository. */
function grouped(images: Iterable<PreviewImage>): Map<string, string[][]> {
  const tables = new Map<string, string[][]>();
  for (const image of images) {
    const rows = tables.get(image.repository) ?? [];
    tables.set(image.repository, rows);
    if (rows.length < SHOWN) rows.push(cellsOf(image));
  }
  return tables;
}

function expiringTable(rows: readonly string[][], all: number, style: Style): string {
  const more = all - rows.length;
  const rest = more === 0 ? '' : `  … and ${more.toLocaleString('en-US')} more\n`;
  return [...columns(style, ['image', 'time', 'why'], rows, 3), rest].join('');
}

const SOURCES: Readonly<Record<string, string>> = {
  'tag-link': 'pushed',
  'revision-link': 'untagged, pushed',
  created: 'created',
};

function cellsOf({ digest, tags, time, timeSource, reason }: PreviewImage): string[] {
  const name = tags.length === 0 ? digest.slice(0, 19) : shortName(tags.join(', '), 60);
  return [
    name,
    `${SOURCES[timeSource] ?? timeSource} ${time ?? 'at an unknown time'}`,
    printable(reason),
  ];
}
