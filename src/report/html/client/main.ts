/** Assembles the page. */
import type { PageData } from '../data.js';
import { breakdown } from './breakdown.js';
import { el, section } from './dom.js';
import { findings } from './findings.js';
import { whole } from './format.js';
import { growth } from './growth-chart.js';
import { headline } from './headline.js';
import { blobTable, repositoryTable, tagTable } from './tables/tables.js';
import { unitChoice } from './tables/unit.js';
import { Treemap } from './treemap/treemap.js';

interface Searchable {
  search(query: string): unknown;
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
  count === 0 ? [] : [note(`${whole(count)} smaller ${noun} are only in the totals.`)];

function start(): void {
  const text = document.getElementById('data')?.textContent ?? '';
  const data = JSON.parse(text) as PageData;
  document.title = `Registry storage: ${data.root}`;
  const { leftOut } = data;
  const map = new Treemap(data);
  const tables = [repositoryTable(data), tagTable(data), blobTable(data)] as const;
  const [repositories, tags, blobs] = tables.map(({ element }) => element);
  document.getElementById('page')?.append(
    headline(data),
    findings(data),
    breakdown(data),
    searchBox([map, ...tables]),
    section(
      'repositories',
      'Repositories',
      note(
        'Garbage: unreferenced, and only this repository still names it. Unique: freed by removing this repository. Shared: other repositories use it, too.',
      ),
      unitChoice(() => {
        for (const table of tables) table.redraw();
      }),
      ...leftOutNote(leftOut.repositories, 'repositories'),
      repositories!,
    ),
    ...growth(data),
    section('map', 'Map', map.element),
    section(
      'tags',
      'What each tag would free',
      note(
        'The space freed by removing only this tag. If two tags point to one image, neither frees anything alone.',
      ),
      ...leftOutNote(leftOut.tags, 'tags'),
      tags!,
    ),
    section('blobs', 'Largest blobs', ...leftOutNote(leftOut.blobs, 'blobs'), blobs!),
  );
  map.redraw();
  const redraw = (): void => map.redraw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  // In print, all places of findings are shown, and the map gets the width of the paper.
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>('.findings details'))
      details.open = true;
    redraw();
  });
}

start();
