/** The tables of repositories, tags and blobs. */
import type { PageData, PageRepository, PageTag } from '../../data.js';
import { copyButton } from '../copy.js';
import { el } from '../dom.js';
import {
  AGE_NAMES,
  day,
  placeName,
  repositoryName,
  STATE_NAMES,
  shortDigest,
  whole,
} from '../format.js';

import { type Column, clipped, Table } from './table.js';
import { sizes } from './unit.js';

const number = <R>(title: string, value: (row: R) => number): Column<R> => ({
  title,
  value,
  cell: (row) => whole(value(row)),
});

export function repositoryTable({ repositories }: PageData): Table<PageRepository> {
  const most = repositories.reduce((max, row) => Math.max(max, row.garbageDiskBytes), 0);
  return new Table<PageRepository>({
    caption: 'Repositories',
    columns: [
      { title: 'Repository', value: ({ name }) => name, cell: repositoryCell, isLong: true },
      withBar(
        sizes(
          'Garbage',
          (row) => row.garbageDiskBytes,
          (row) => row.garbageBytes,
        ),
        (row) => row.garbageDiskBytes / Math.max(most, 1),
      ),
      sizes(
        'Unique',
        (row) => row.uniqueDiskBytes,
        (row) => row.uniqueBytes,
      ),
      sizes(
        'Shared',
        (row) => row.sharedDiskBytes,
        (row) => row.sharedBytes,
      ),
      number('Tags', (row) => row.tags),
      number('Untagged', (row) => row.untaggedManifests),
      { title: 'Last push', value: (row) => day(row.lastPushedAt) },
    ],
    sortedBy: most > 0 ? 1 : 2,
    folds: {
      isZero: (row) => row.garbageDiskBytes === 0 && row.garbageBytes === 0,
      what: 'without garbage',
    },
    text: ({ name }) => name,
    rows: repositories,
  });
}

/** @param part length of the bar as a share of the longest, 0 to 1 */
function withBar<R>(column: Column<R>, part: (row: R) => number): Column<R> {
  const cell = (row: R): HTMLElement => {
    const filled = el('span', { class: 'state2' });
    filled.style.width = `${part(row) * 100}%`;
    const drawn = part(row) > 0 ? [filled] : [];
    const bar = el('span', { class: 'length', 'aria-hidden': 'true' }, ...drawn);
    return el('span', { class: 'barred' }, bar, el('span', {}, column.cell!(row)));
  };
  return { ...column, cell };
}

function repositoryCell({ name, keptWhole }: PageRepository): Node | string {
  if (keptWhole === undefined) return clipped(name);
  return el('span', {}, clipped(name), el('em', {}, `nothing is removed: ${keptWhole}`));
}

export function tagTable(data: PageData): Table<PageTag> {
  const name = (tag: PageTag): string => `${repositoryName(data, tag.repository)}:${tag.name}`;
  return new Table<PageTag>({
    caption: 'What each tag would free',
    columns: [
      {
        title: 'Tag',
        value: name,
        cell: (tag) => clipped(name(tag)),
        isLong: true,
      },
      sizes(
        'Would free',
        (tag) => tag.freesDiskBytes,
        (tag) => tag.frees,
      ),
      sizes(
        'Size',
        (tag) => tag.diskBytes,
        (tag) => tag.bytes,
      ),
      { title: 'Pushed', value: ({ pushedAt }) => day(pushedAt) },
    ],
    sortedBy: 1,
    folds: {
      isZero: ({ frees, freesDiskBytes }) => frees === 0 && freesDiskBytes === 0,
      what: 'that free nothing alone',
    },
    text: name,
    rows: data.tags,
  });
}

export function blobTable(data: PageData): Table<number> {
  const { blobs: b, places } = data;
  const place = (i: number): string => placeName(data, places[b.place[i]!]!);
  return new Table<number>({
    caption: 'The largest blobs',
    columns: [
      {
        title: 'Digest',
        value: (i) => b.digest[i]!,
        cell: (i) => digestCell(b.digest[i]!),
      },
      sizes(
        'Size',
        (i) => b.disk[i]!,
        (i) => b.bytes[i]!,
      ),
      { title: 'State', value: (i) => STATE_NAMES[b.state[i]!]! },
      { title: 'Age', value: (i) => b.age[i]!, cell: (i) => AGE_NAMES[b.age[i]!]!, isText: true },
      { title: 'Used by', value: place, cell: (i) => clipped(place(i)), isLong: true },
    ],
    sortedBy: 1,
    text: (i) => `${b.digest[i]} ${place(i)}`,
    rows: [...b.digest.keys()],
  });
}

const digestCell = (digest: string): HTMLElement =>
  el(
    'span',
    { class: 'digest' },
    el('code', { title: digest }, shortDigest(digest)),
    copyButton(digest, `digest ${digest}`),
  );
