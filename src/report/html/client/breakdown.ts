/** In use, recent, garbage, in quarantine: as a bar and a table. */
import type { PageData } from '../data.js';
import { el, section } from './dom.js';
import { formatBytes, STATE_NAMES, share, whole } from './format.js';
import { Table } from './tables/table.js';

interface Row {
  readonly state: number;
  readonly blobs: number;
  readonly diskBytes: number;
}

export function breakdown({ totals }: PageData): HTMLElement {
  const { live, young, garbage, immovable, quarantined } = totals;
  const named = live.diskBytes + young.diskBytes + garbage.diskBytes;
  const rows: Row[] = [
    { state: 0, ...live },
    { state: 1, ...young },
    { state: 2, ...garbage },
  ];
  const held = totals.diskBytes - named;
  if (held > 0) rows.push({ ...immovable, state: 3, diskBytes: held });
  rows.push({ state: 4, blobs: 0, diskBytes: quarantined.diskBytes });
  const all = rows.reduce((sum, { diskBytes }) => sum + diskBytes, 0);
  const there = rows.filter(({ diskBytes, blobs }) => diskBytes > 0 || blobs > 0);
  const table = tableOf(there, all).element;
  return section('where', 'Disk usage', bar(there, all), table);
}

function bar(rows: readonly Row[], all: number): HTMLElement {
  const element = el('div', { class: 'bar', role: 'img' });
  const said = rows.map(
    ({ state, diskBytes }) =>
      `${STATE_NAMES[state]} ${formatBytes(diskBytes)} (${share(diskBytes, all)})`,
  );
  element.setAttribute('aria-label', `On disk: ${said.join(', ')}`);
  for (const { state, diskBytes } of rows) {
    if (diskBytes === 0) continue;
    const part = el('div', { class: `part state${state}` });
    part.style.flexGrow = String(diskBytes);
    element.append(part);
  }
  return element;
}

function tableOf(rows: readonly Row[], all: number): Table<Row> {
  return new Table<Row>({
    caption: 'Blobs by state',
    columns: [
      { title: 'State', value: ({ state }) => STATE_NAMES[state]!, cell: swatch },
      {
        title: 'Blobs',
        value: ({ blobs }) => blobs,
        cell: ({ blobs, state }) => (state < 3 ? whole(blobs) : '–'),
      },
      {
        title: 'On disk',
        value: (row) => row.diskBytes,
        cell: (row) => formatBytes(row.diskBytes),
      },
      { title: 'Share', value: (row) => row.diskBytes, cell: (row) => share(row.diskBytes, all) },
    ],
    sortedBy: -1,
    rows,
  });
}

const swatch = ({ state }: Row): HTMLElement =>
  el(
    'span',
    { class: 'named' },
    el('span', { class: `swatch state${state}`, 'aria-hidden': 'true' }),
    STATE_NAMES[state]!,
  );
