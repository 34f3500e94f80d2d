/** CSV (RFC 4180): a header, then a line per repository or tag. */
import { printable } from '../../storage/names.js';
import { viewedDocument } from '../build/view.js';
import type { AnalyzeReport } from '../model/model.js';
import type { RepositoryRow, TagRow } from '../model/rows.js';
import type { View } from '../model/view.js';

type Cell = string | number | null | undefined;

const REPOSITORY_COLUMNS = [
  'name',
  'tags',
  'manifests',
  'untaggedManifests',
  'bytes',
  'uniqueBytes',
  'sharedBytes',
  'garbageBytes',
  'garbageDiskBytes',
  'uploadBytes',
  'lastPushedAt',
  'keptWhole',
] as const satisfies readonly (keyof RepositoryRow)[];

const TAG_COLUMNS = [
  'repository',
  'tag',
  'digest',
  'pushedAt',
  'bytes',
  'uniqueBytes',
] as const satisfies readonly (keyof TagRow)[];

export function* analyzeCsv(report: AnalyzeReport & { readonly view?: View }): Generator<string> {
  const { repositories, tags } = viewedDocument(report);
  if (tags === undefined) yield* table(REPOSITORY_COLUMNS, repositories);
  else yield* table(TAG_COLUMNS, tags);
}

function* table<K extends string>(
  names: readonly K[],
  rows: Iterable<Readonly<Partial<Record<K, Cell>>>>,
): Generator<string> {
  yield `${names.join(',')}\r\n`;
  for (const row of rows) yield `${names.map((name) => cell(row[name])).join(',')}\r\n`;
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front. */
function cell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  const text = printable(value ?? '').replace(/^[=+\-@\t]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
