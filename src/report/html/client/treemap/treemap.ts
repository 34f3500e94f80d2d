/** The zoomable map, with a table of the same items beside it. */
import type { PageData } from '../../data.js';
import { button, choice, el } from '../dom.js';
import { formatBytes, STATE_NAMES, share, shortDigest, whole } from '../format.js';
import { clipped, Table } from '../tables/table.js';
import { about } from './about.js';
import { draw } from './draw.js';
import { GROUPINGS, type Grouping, groupsOf, type Item, METRICS, type Metric } from './groups.js';
import { type Cell, cellAt, layOut } from './layout.js';
import { found } from './search.js';

const METRIC_NAMES: Readonly<Record<Metric, readonly [string, string]>> = {
  disk: ['On disk', 'Size on disk. Each blob counts once.'],
  reclaimable: [
    'Reclaimable',
    'Garbage on disk, by the repository that still names it. A sweep and a purge free it.',
  ],
  unique: ['Unique', 'Size on disk of what only one repository uses. Removing it frees this.'],
  logical: ['Apparent', 'Apparent size. Shared blobs count in each repository that uses them.'],
};
const GROUPING_NAMES: Readonly<Record<Grouping, string>> = {
  namespace: 'Namespace',
  repository: 'Repository',
  tag: 'Tag',
  age: 'Age',
};

export class Treemap {
  readonly element = el('div', { class: 'treemap' });
  readonly #picture = el('div', { class: 'picture', role: 'img' });
  readonly #tip = el('div', { class: 'tip', role: 'tooltip', hidden: '' });
  readonly #trail = el('nav', { class: 'trail', 'aria-label': 'Position in the map' });
  readonly #note = el('p', { class: 'note' });
  readonly #details = el('div', { class: 'details', 'aria-live': 'polite' });
  readonly #table: Table<Item>;
  #metric: Metric = 'disk';
  #grouping: Grouping = 'namespace';
  /** Names of the groups that were zoomed into, from the root down. */
  #zoom: string[] = [];
  #root: Item;
  #cells: Cell[] = [];
  #drawnWidth = 0;
  #query = '';
  #found: ReadonlySet<Item> = new Set();

  constructor(private readonly data: PageData) {
    this.#root = groupsOf(data, this.#metric, this.#grouping);
    this.#table = this.#makeTable();
    this.element.append(
      this.#controls(),
      this.#trail,
      el(
        'div',
        { class: 'beside' },
        el('div', {}, this.#picture, this.#details),
        this.#table.element,
      ),
      this.#tip,
    );
    this.#listen();
  }

  /** Draws again, after the size, the theme or the search changed. */
  redraw(): void {
    const width = Math.floor(this.#picture.clientWidth);
    if (width === 0) return;
    this.#drawnWidth = width;
    const height = Math.round(Math.min(620, Math.max(340, width * 0.6)));
    const { item } = this.#here();
    this.#cells = layOut(item, width, height);
    const stands = ({ item: one }: Cell): boolean => this.#query === '' || this.#found.has(one);
    const empty = el('p', { class: 'empty' }, 'No data of this kind.');
    this.#picture.replaceChildren(
      item.value > 0 ? draw(this.#cells, { width, height, stands }) : empty,
    );
    const [name] = METRIC_NAMES[this.#metric];
    this.#picture.setAttribute(
      'aria-label',
      `Treemap, ${name}: ${formatBytes(item.value)} in ${whole(item.children?.length ?? 0)} parts, listed in the table beside it`,
    );
  }

  search(query: string): void {
    this.#query = query;
    this.#find();
    this.#table.search(query);
    this.redraw();
  }

  #controls(): HTMLElement {
    const metrics = METRICS.map((metric) => [metric, METRIC_NAMES[metric][0]] as const);
    const groupings = GROUPINGS.map((one) => [one, GROUPING_NAMES[one]] as const);
    return el(
      'div',
      { class: 'controls' },
      choice('Size', metrics, this.#metric, (metric) => {
        this.#metric = metric;
        this.#regroup();
      }),
      choice('Group by', groupings, this.#grouping, (grouping) => {
        this.#grouping = grouping;
        this.#zoom = [];
        this.#regroup();
      }),
      this.#note,
      legend(this.data),
    );
  }

  #makeTable(): Table<Item> {
    return new Table<Item>({
      caption: 'Parts of the map',
      columns: [
        {
          title: 'Part',
          value: ({ name }) => name,
          cell: (item) => this.#partName(item),
          isLong: true,
        },
        { title: 'Size', value: ({ value }) => value, cell: ({ value }) => formatBytes(value) },
        {
          title: 'Share',
          value: ({ value }) => value,
          cell: ({ value }) => share(value, this.#here().item.value),
        },
        { title: 'Blobs', value: ({ count }) => count, cell: ({ count }) => whole(count) },
      ],
      sortedBy: 1,
      matches: (item) => this.#found.has(item),
      rows: this.#root.children ?? [],
    });
  }

  #partName(item: Item): Node {
    const open = (): void => {
      if (item.children !== undefined) this.#zoomTo([...this.#zoom, item.name]);
      else this.#explain([item]);
    };
    const part = button('', open, item.children === undefined ? 'leaf' : 'zoom');
    const text = clipped(item.blob < 0 ? item.name : shortDigest(item.name));
    text.title = item.name;
    part.append(text);
    return part;
  }

  #listen(): void {
    this.#picture.addEventListener('pointermove', (event) => this.#point(event));
    this.#picture.addEventListener('pointerleave', () => {
      this.#tip.hidden = true;
    });
    this.#picture.addEventListener('click', (event) => this.#click(this.#under(event)));
    this.element.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && this.#zoom.length > 0) this.#zoomTo(this.#zoom.slice(0, -1));
    });
    new ResizeObserver(() => {
      if (Math.floor(this.#picture.clientWidth) !== this.#drawnWidth) this.redraw();
    }).observe(this.#picture);
    this.#showGroup();
  }

  #under(event: MouseEvent): Cell | undefined {
    const box = this.#picture.getBoundingClientRect();
    return cellAt(this.#cells, event.clientX - box.left, event.clientY - box.top);
  }

  #point(event: PointerEvent): void {
    const cell = this.#under(event);
    this.#tip.hidden = cell === undefined || event.pointerType === 'touch';
    if (cell === undefined) return;
    this.#tip.replaceChildren(...lines(about(this.data, cell.path)));
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    this.#tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
    this.#tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - height - 8))}px`;
  }

  /** Zooms into the group of this level. For a blob on this level, shows its details. */
  #click(cell: Cell | undefined): void {
    if (cell === undefined) return;
    this.#explain(cell.path);
    const [first] = cell.path;
    if (first?.children !== undefined) this.#zoomTo([...this.#zoom, first.name]);
  }

  #explain(path: readonly Item[]): void {
    this.#details.replaceChildren(...lines(about(this.data, path)));
  }

  #regroup(): void {
    this.#root = groupsOf(this.data, this.#metric, this.#grouping);
    this.#showGroup();
  }

  #zoomTo(path: readonly string[]): void {
    this.#zoom = [...path];
    this.#showGroup();
  }

  #showGroup(): void {
    this.#note.textContent = METRIC_NAMES[this.#metric][1];
    const { item, names } = this.#here();
    this.#zoom = names;
    this.#tip.hidden = true;
    this.#find();
    this.#table.show(item.children ?? []);
    this.#drawTrail();
    this.redraw();
  }

  /** The group that is zoomed into, or the nearest group above it that still exists. */
  #here(): { item: Item; names: string[] } {
    let item = this.#root;
    const names: string[] = [];
    for (const name of this.#zoom) {
      const next = item.children?.find((one) => one.name === name && one.children !== undefined);
      if (next === undefined) break;
      item = next;
      names.push(name);
    }
    return { item, names };
  }

  #drawTrail(): void {
    const steps = ['all', ...this.#zoom];
    const parts = steps.map((name, i) => {
      if (i === steps.length - 1) return el('span', { 'aria-current': 'true' }, name);
      return button(name, () => this.#zoomTo(this.#zoom.slice(0, i)));
    });
    this.#trail.replaceChildren(...parts.flatMap((part, i) => (i === 0 ? [part] : [' / ', part])));
    this.#trail.append(` — ${formatBytes(this.#here().item.value)}`);
  }

  /** The items that match the search in the shown group; the map and its table use the same. */
  #find(): void {
    if (this.#query !== '') this.#found = found(this.#here().item, this.#zoom, this.#query);
  }
}

/** The states that occur in the map. */
function legend({ totals }: PageData): HTMLElement {
  const { live, young, garbage, quarantined } = totals;
  const held = totals.diskBytes - live.diskBytes - young.diskBytes - garbage.diskBytes;
  const there = [live.blobs, young.blobs, garbage.blobs, held, quarantined.diskBytes];
  const marks = there.flatMap((amount, state) => {
    if (amount === 0) return [];
    const swatch = el('span', { class: `swatch state${state}` });
    return [el('span', { class: 'named' }, swatch, STATE_NAMES[state]!)];
  });
  return el('p', { class: 'legend', 'aria-hidden': 'true' }, ...marks);
}

const lines = (texts: readonly string[]): HTMLElement[] =>
  texts.map((text, i) => el(i === 0 ? 'strong' : 'span', {}, text));
