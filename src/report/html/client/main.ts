/** Puts the page together. */
import type { PageData } from '../data.js';
import { breakdown } from './breakdown.js';
import { el, section } from './dom.js';
import { findings } from './findings.js';
import { formatBytes, whole } from './format.js';
import { blobTable, repositoryTable, tagTable } from './tables.js';
import { Treemap } from './treemap.js';

interface Searchable {
  search(query: string): unknown;
}

function heading({ root, run, totals, deleteUntagged }: PageData): HTMLElement {
  const counts = [
    `${whole(totals.repositories)} repositories`,
    `${whole(totals.tags)} tags`,
    `${whole(totals.manifests)} manifests`,
    `${whole(totals.blobs)} blobs`,
    ...(totals.uploads > 0
      ? [`${whole(totals.uploads)} uploads (${formatBytes(totals.uploadDiskBytes)} on disk)`]
      : []),
  ];
  const rule = deleteUntagged
    ? 'untagged manifests count as garbage'
    : 'untagged manifests are kept';
  return el(
    'header',
    {},
    el('h1', {}, 'Registry storage'),
    el('p', { class: 'root' }, el('code', {}, root)),
    el('p', {}, `${counts.join(', ')}; ${rule}.`),
    el('p', { class: 'note' }, `Read ${run.scannedAt} by regsweep ${run.version}.`),
  );
}

function searchBox(targets: readonly Searchable[]): HTMLElement {
  const input = el('input', { type: 'search', id: 'search', autocomplete: 'off' });
  input.placeholder = 'repository, tag or digest';
  let timer: ReturnType<typeof setTimeout> | undefined;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const target of targets) target.search(input.value.trim().toLowerCase());
    }, 120);
  });
  return el('p', { class: 'search' }, el('label', { for: 'search' }, 'Search '), input);
}

const note = (text: string): HTMLElement => el('p', { class: 'note' }, text);

const leftOutNote = (count: number, noun: string): readonly HTMLElement[] =>
  count === 0 ? [] : [note(`${whole(count)} smaller ${noun} have no row of their own here.`)];

function start(): void {
  const text = document.getElementById('data')?.textContent ?? '';
  const data = JSON.parse(text) as PageData;
  document.title = `Registry storage: ${data.root}`;
  const { leftOut } = data;
  const map = new Treemap(data);
  const tables = [repositoryTable(data), tagTable(data), blobTable(data)] as const;
  const [repositories, tags, blobs] = tables.map(({ element }) => element);
  document
    .getElementById('page')
    ?.append(
      heading(data),
      breakdown(data),
      section('map', 'What takes the space', searchBox([map, ...tables]), map.element),
      section(
        'repositories',
        'Repositories',
        ...leftOutNote(leftOut.repositories, 'repositories'),
        repositories!,
      ),
      section(
        'tags',
        'What each tag would free',
        note(
          'Removed alone, with all that only it leads to. Two tags of one image free nothing alone.',
        ),
        ...leftOutNote(leftOut.tags, 'tags'),
        tags!,
      ),
      section('blobs', 'Largest blobs', ...leftOutNote(leftOut.blobs, 'blobs'), blobs!),
      findings(data),
    );
  map.redraw();
  const redraw = (): void => map.redraw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
}

start();
