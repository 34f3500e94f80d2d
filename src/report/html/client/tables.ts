/** Repositories, tags and blobs, each as a table. */
import type { PageData, PageRepository, PageTag } from '../data.js';
import { el } from './dom.js';
import {
  AGE_NAMES,
  day,
  formatBytes,
  placeName,
  repositoryName,
  STATE_NAMES,
  whole,
} from './format.js';
import { type Column, Table } from './table.js';

const bytes = <R>(title: string, value: (row: R) => number): Column<R> => ({
  title,
  value,
  cell: (row) => formatBytes(value(row)),
});

const number = <R>(title: string, value: (row: R) => number): Column<R> => ({
  title,
  value,
  cell: (row) => whole(value(row)),
});

export function repositoryTable({ repositories }: PageData): Table<PageRepository> {
  return new Table<PageRepository>({
    caption: 'Repositories',
    columns: [
      { title: 'Repository', value: ({ name }) => name, cell: repositoryCell },
      bytes('Size', (row) => row.bytes),
      bytes('Unique', (row) => row.uniqueBytes),
      bytes('Shared', (row) => row.sharedBytes),
      bytes('Garbage', (row) => row.garbageDiskBytes),
      number('Tags', (row) => row.tags),
      number('Manifests', (row) => row.manifests),
      number('Untagged', (row) => row.untaggedManifests),
      { title: 'Last push', value: (row) => day(row.lastPushedAt) },
    ],
    sortedBy: 2,
    text: ({ name }) => name,
    rows: repositories,
  });
}

function repositoryCell({ name, keptWhole }: PageRepository): Node | string {
  if (keptWhole === undefined) return name;
  return el('span', {}, name, ' ', el('em', { title: keptWhole }, `kept whole: ${keptWhole}`));
}

export function tagTable(data: PageData): Table<PageTag> {
  return new Table<PageTag>({
    caption: 'What each tag would free',
    columns: [
      {
        title: 'Tag',
        value: (tag) => `${repositoryName(data, tag.repository)}:${tag.name}`,
      },
      bytes('Would free', ({ frees }) => frees),
      bytes('Size', (tag) => tag.bytes),
      { title: 'Pushed', value: ({ pushedAt }) => day(pushedAt) },
    ],
    sortedBy: 1,
    text: (tag) => `${repositoryName(data, tag.repository)}:${tag.name}`,
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
        cell: (i) => el('code', {}, b.digest[i]!),
      },
      bytes('Size', (i) => b.bytes[i]!),
      bytes('On disk', (i) => b.disk[i]!),
      { title: 'State', value: (i) => STATE_NAMES[b.state[i]!]! },
      { title: 'Age', value: (i) => b.age[i]!, cell: (i) => AGE_NAMES[b.age[i]!]!, isText: true },
      { title: 'Whose', value: place },
    ],
    sortedBy: 1,
    text: (i) => `${b.digest[i]} ${place(i)}`,
    rows: [...b.digest.keys()],
  });
}
