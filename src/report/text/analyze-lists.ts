/** The lists of `analyze`: repositories, tags, ages, growth. */

import { arrangedRepositories, arrangedTags } from '../build/view.js';
import type { AgeRow, AnalyzeReport, LayerRow } from '../model/model.js';
import type { RepositoryRow, TagRow } from '../model/rows.js';
import type { SortKey, View } from '../model/view.js';
import { bar, columns, heading, lazyRows, type Style, shortName, size } from '../style.js';
import { growthLines } from './history.js';

const SHOWN = 10;
const BAR = 12;

const ORDERS: Readonly<Record<SortKey, string>> = {
  own: 'by unique size (freed by removing it alone)',
  size: 'by size',
  shared: 'by what they share',
  garbage: 'by garbage',
  tags: 'by number of tags',
  manifests: 'by number of manifests',
  untagged: 'by number of untagged manifests',
  pushed: 'by last push',
  name: 'by name',
};

const LEAST_NAME = 16;

/** Minimum width of the terminal for all columns of a repository's row. */
const ALL_COLUMNS = 76;
/** Positions of the columns `untagged` and `last push`. */
const WIDE_ONLY = [2, 6];

/**
 * Width that is left for names, beside the columns of `others`. Bars are drawn only if there is
 * room for them, too, because a wrapped row is hard to read.
 */
function layOut(style: Style, others: number): { nameWidth: number; rowStyle: Style } {
  const left = style.width - others;
  const bars = style.bars && left - (BAR + 2) >= LEAST_NAME;
  return {
    nameWidth: Math.max(LEAST_NAME, left - (bars ? BAR + 2 : 0)),
    rowStyle: { ...style, bars },
  };
}

export function* repositoriesText(
  { repositories: rows, view = {} }: AnalyzeReport & { readonly view?: View },
  style: Style,
): Generator<string> {
  if (rows.length === 0) return;
  const { sort = 'own', top = SHOWN } = view;
  const shown = arrangedRepositories(rows, sort).slice(0, top);
  const isNarrow = style.width < ALL_COLUMNS;
  const { nameWidth, rowStyle } = layOut(style, isNarrow ? 43 : 64);
  const most = largest(shown, (row) => measureOf(row, sort));
  const trimmed = (cells: readonly string[]): readonly string[] =>
    isNarrow ? cells.filter((_, i) => !WIDE_ONLY.includes(i)) : cells;
  yield `\n${heading(style, `Repositories, ${ORDERS[sort]}`)}`;
  yield* columns(
    style,
    trimmed([
      ...['repository', 'tags', 'untagged', 'size', 'unique'],
      ...[sort === 'manifests' ? 'manifests' : 'garbage', 'last push', ''],
    ]),
    lazyRows(shown, (row) =>
      trimmed([
        shortName(row.name, nameWidth) + (row.keptWhole === undefined ? '' : ' (all kept)'),
        String(row.tags),
        String(row.untaggedManifests),
        size(row.bytes),
        size(row.uniqueBytes),
        sort === 'manifests' ? String(row.manifests) : size(row.garbageBytes),
        row.lastPushedAt?.slice(0, 10) ?? '-',
        bar(rowStyle, most > 0 ? measureOf(row, sort) / most : 0, BAR),
      ]),
    ),
  );
  yield* more(rows.length - shown.length);
}

function measureOf(row: RepositoryRow, sort: SortKey): number {
  if (sort === 'size') return row.bytes;
  if (sort === 'shared') return row.sharedBytes;
  if (sort === 'garbage') return row.garbageBytes;
  if (sort === 'tags') return row.tags;
  if (sort === 'manifests') return row.manifests;
  return sort === 'untagged' ? row.untaggedManifests : row.uniqueBytes;
}

export function* tagsText(
  rows: readonly TagRow[],
  { sort = 'own', top = SHOWN }: View,
  style: Style,
): Generator<string> {
  const shown = arrangedTags(rows, sort).slice(0, top);
  const { nameWidth, rowStyle } = layOut(style, 40);
  const most = largest(shown, (row) => (sort === 'size' ? row.bytes : row.uniqueBytes));
  yield `\n${heading(style, `Tags, ${ORDERS[sort]}`)}`;
  yield* columns(
    style,
    ['tag', 'size', 'unique', 'pushed', ''],
    lazyRows(shown, (row) => {
      const share = (sort === 'size' ? row.bytes : row.uniqueBytes) / (most || 1);
      return [
        shortName(`${row.repository}:${row.tag}`, nameWidth),
        size(row.bytes),
        size(row.uniqueBytes),
        row.pushedAt.slice(0, 10),
        bar(rowStyle, share, BAR),
      ];
    }),
  );
  yield* more(rows.length - shown.length);
}

/** Columns below which digests are short. */
const NARROW = 66;

export function* layersText(rows: readonly LayerRow[], style: Style): Generator<string> {
  const digits = style.width < NARROW ? 12 : 24;
  yield `\n${heading(style, 'Layers, by size')}`;
  yield* columns(
    style,
    ['layer', 'size', 'tags', 'repositories'],
    rows.map(({ digest, bytes, tags, repositories }) => [
      digest.slice(0, 'sha256:'.length + digits),
      size(bytes),
      tags.toLocaleString('en-US'),
      repositories.toLocaleString('en-US'),
    ]),
  );
  yield '  regsweep explain DIGEST names the tags\n';
}

function* more(number: number): Generator<string> {
  if (number > 0) yield `  … and ${number.toLocaleString('en-US')} more (--top N shows more)\n`;
}

export function* agesText(rows: readonly AgeRow[], style: Style): Generator<string> {
  const all = rows.reduce((sum, { diskBytes }) => sum + diskBytes, 0);
  const shown = rows.filter(({ blobs, tags }) => blobs + tags > 0);
  if (all === 0 || shown.length < 2) return;
  yield `\n${heading(style, 'In use, by the newest push that needs it')}`;
  yield* columns(
    style,
    ['pushed', 'tags', 'blobs', 'size', 'on disk', ''],
    shown.map(({ days, tags, blobs, bytes, diskBytes }) => [
      days === null ? `${rows.at(-2)?.days ?? 0} days ago or more` : `within ${days} days`,
      tags.toLocaleString('en-US'),
      blobs.toLocaleString('en-US'),
      size(bytes),
      size(diskBytes),
      bar(style, diskBytes / all, BAR),
    ]),
  );
}

export function* growthText({ run }: AnalyzeReport, style: Style): Generator<string> {
  if (run.growth === undefined) return;
  yield `\n${heading(style, 'Growth')}`;
  if (run.growth === null) {
    yield '  there is no earlier record in that period (see regsweep history --help)\n';
    return;
  }
  yield* growthLines(run.growth, run.growth.repositories, style);
}

const largest = <T>(rows: readonly T[], measure: (row: T) => number): number =>
  rows.reduce((most, row) => Math.max(most, measure(row)), 0);
