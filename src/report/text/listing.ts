/** The text of `ls` and `du`. */
import { printable } from '../../storage/names.js';
import { shellWord } from '../../util/shell-quote.js';
import type { DiskUsageReport, ListReport } from '../model/listing.js';
import type { RepositoryRow } from '../model/rows.js';
import { bar, columns, count, lazyRows, type Style, shortName, size } from '../style.js';

const BAR = 12;
/** Width of the number columns, with the gaps between them. */
const LIST_NUMBERS = 48;
const TREE_NUMBERS = 34;
const WITH_DAY = 72;

const nameWidth = (style: Style, others: number): number => Math.max(16, style.width - others);

export function* listText(
  { root, repositories, tags }: ListReport,
  style: Style,
): Generator<string> {
  const room = nameWidth(style, LIST_NUMBERS);
  if (tags === undefined) {
    yield* columns(
      style,
      ['repository', 'tags', 'size', 'unique', 'last push'],
      lazyRows(repositories, (row) => [shortName(row.name, room), ...repositoryCells(row)]),
    );
    return;
  }
  const several = repositories.length > 1;
  // The date is dropped first, because the digest tells images apart.
  const trimmed = (cells: readonly string[]): readonly string[] =>
    style.width < WITH_DAY ? cells.filter((_, i) => i !== 3) : cells;
  yield* columns(
    style,
    trimmed(['tag', 'size', 'unique', 'pushed', 'digest']),
    lazyRows(tags, ({ repository, tag, bytes, uniqueBytes, pushedAt, digest }) =>
      trimmed([
        shortName(several ? `${repository}:${tag}` : tag, room),
        size(bytes),
        size(uniqueBytes),
        pushedAt.slice(0, 10),
        digest.slice(digest.indexOf(':') + 1).slice(0, 12),
      ]),
    ),
  );
  const unreadable = repositories.reduce((sum, row) => sum + row.tags, 0) - tags.length;
  if (unreadable > 0)
    yield `${count(unreadable, 'tag')} can't be read: regsweep check ${shellWord(root)}\n`;
}

const repositoryCells = ({ tags, bytes, uniqueBytes, lastPushedAt }: RepositoryRow): string[] => [
  tags.toLocaleString('en-US'),
  size(bytes),
  size(uniqueBytes),
  lastPushedAt?.slice(0, 10) ?? '-',
];

export function* diskUsageText(
  { root, namespaces }: DiskUsageReport,
  style: Style,
): Generator<string> {
  const bars = style.width - TREE_NUMBERS - BAR >= 40;
  const room = nameWidth(style, TREE_NUMBERS + (bars ? BAR + 2 : 0));
  const all = namespaces[0]?.bytes ?? 0;
  yield* columns(
    style,
    ['name', 'size', 'unique', 'garbage', ''],
    lazyRows(namespaces, ({ name, depth, bytes, uniqueBytes, garbageBytes }) => [
      shortName(depth === 0 ? printable(root) : `${'  '.repeat(depth - 1)}${name}`, room),
      size(bytes),
      size(uniqueBytes),
      size(garbageBytes),
      bar({ ...style, bars: style.bars && bars }, all > 0 ? bytes / all : 0, BAR),
    ]),
  );
}
