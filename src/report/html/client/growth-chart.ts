/** A chart of the tree's growth, from the records of earlier scans. */
import type { PageData, PagePoint } from '../data.js';
import { el, section, svg } from './dom.js';
import { day, formatBytes, STATE_NAMES } from './format.js';
import { Table } from './tables/table.js';

const WIDTH = 1000;
const HEIGHT = 220;
/** In use, garbage, in quarantine: positions in STATE_NAMES, from the bottom up. */
const LAYERS = [0, 2, 4] as const;

export function growth({ growth: points }: PageData): HTMLElement[] {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return [];
  const change = used(last) - used(first);
  const said = change < 0 ? `${formatBytes(-change)} less` : `${formatBytes(change)} more`;
  const text = `${said} on disk than on ${date(first)}.`;
  return [
    section(
      'growth',
      'Growth',
      el('p', { class: 'note' }, text),
      chart(points),
      legend(),
      el('details', {}, el('summary', {}, 'Numbers'), tableOf(points).element),
    ),
  ];
}

const used = ({ diskBytes, quarantinedDiskBytes }: PagePoint): number =>
  diskBytes + quarantinedDiskBytes;
const date = ({ atMs }: PagePoint): string => day(new Date(atMs).toISOString());

/** Heights of the stacked areas, from the bottom up. */
const stack = ({ diskBytes, garbageDiskBytes, quarantinedDiskBytes }: PagePoint): number[] => [
  diskBytes - garbageDiskBytes,
  diskBytes,
  diskBytes + quarantinedDiskBytes,
];

function chart(points: readonly PagePoint[]): HTMLElement {
  const top = Math.max(...points.map(used), 1);
  const start = points[0]!.atMs;
  const time = Math.max(points.at(-1)!.atMs - start, 1);
  const x = ({ atMs }: PagePoint): number => ((atMs - start) / time) * WIDTH;
  const y = (bytes: number): number => HEIGHT - (bytes / top) * HEIGHT;
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' });
  // The higher area is drawn first, because each lower one covers it.
  for (const at of [2, 1, 0]) {
    const line = points.map((point) => `${x(point)},${y(stack(point)[at]!)}`);
    const corners = [`0,${HEIGHT}`, ...line, `${WIDTH},${HEIGHT}`].join(' ');
    picture.append(svg('polygon', { points: corners, class: `state${LAYERS[at]}` }));
  }
  const figure = el('div', { class: 'chart', role: 'img' }, picture);
  const [first, last] = [points[0]!, points.at(-1)!];
  figure.setAttribute(
    'aria-label',
    `On disk, ${date(first)}: ${formatBytes(used(first))}; ${date(last)}: ${formatBytes(used(last))}`,
  );
  const span = el('p', { class: 'span', 'aria-hidden': 'true' });
  span.append(el('span', {}, date(first)), el('span', {}, `up to ${formatBytes(top)}`));
  span.append(el('span', {}, date(last)));
  return el('div', {}, figure, span);
}

const legend = (): HTMLElement =>
  el(
    'p',
    { class: 'legend', 'aria-hidden': 'true' },
    ...LAYERS.map((state) =>
      el(
        'span',
        { class: 'named' },
        el('span', { class: `swatch state${state}` }),
        state === 0 ? 'in use and recent' : STATE_NAMES[state]!,
      ),
    ),
  );

const tableOf = (points: readonly PagePoint[]): Table<PagePoint> =>
  new Table<PagePoint>({
    caption: 'Growth',
    columns: [
      {
        title: 'Scan',
        value: ({ atMs }) => atMs,
        cell: ({ atMs }) => new Date(atMs).toISOString().slice(0, 16).replace('T', ' '),
        isText: true,
      },
      bytes('Blobs', ({ diskBytes }) => diskBytes),
      bytes('Garbage', ({ garbageDiskBytes }) => garbageDiskBytes),
      bytes('Quarantine', ({ quarantinedDiskBytes }) => quarantinedDiskBytes),
    ],
    sortedBy: 0,
    rows: points,
  });

const bytes = (title: string, value: (point: PagePoint) => number) => ({
  ...{ title, value },
  cell: (point: PagePoint): string => formatBytes(value(point)),
});
