/** Layout of text. The caller decides colour and width once. */
import { Chalk, type ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import { printable } from '../storage/names.js';

export interface Style {
  readonly paint: ChalkInstance;
  /** Columns of the terminal; infinite for a pipe or a file. */
  readonly width: number;
  /** Whether bars are drawn: only on a terminal. */
  readonly bars: boolean;
}

export function makeStyle(color: boolean, width: number, bars = false): Style {
  return { paint: new Chalk({ level: color ? 1 : 0 }), width, bars };
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * A bar. Any share above 0 is visible. '' if the style has no bars.
 * @param share 0 to 1
 * @param width in columns
 */
export function bar({ bars, paint }: Style, share: number, width: number): string {
  if (!bars) return '';
  const eighths = Math.max(Math.round(Math.min(share, 1) * width * 8), share > 0 ? 1 : 0);
  const drawn = '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
  return paint.cyan(drawn) + ' '.repeat(width - drawn.length);
}

/** `1.2 GB`, in powers of ten, as disks are sold. */
export const size = (bytes: number): string => prettyBytes(bytes);

/** What files and, apart from them, folders have allocated. */
export interface Allocated {
  readonly diskBytes: number;
  readonly folderDiskBytes?: number;
}

/** `1.2 GB + 6.5 MB in folders`; folders take no blocks on some filesystems. */
export const allocation = (amount: Allocated): string =>
  `${size(amount.diskBytes)}${inFolders(amount).replace(/^,/, '')}`;

/** `, + 6.5 MB in folders`, or nothing. */
export const inFolders = ({ folderDiskBytes = 0 }: Allocated): string =>
  folderDiskBytes === 0 ? '' : `, + ${size(folderDiskBytes)} in folders`;

export const count = (number: number, noun: string, plural = `${noun}s`): string =>
  `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`;

/** A name for the terminal, shortened in its middle to `width` characters. */
export function shortName(name: string, width: number): string {
  const text = printable(name);
  if (text.length <= width) return text;
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}

export const heading = (style: Style, text: string): string => `${style.paint.bold(text)}\n`;

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

/** A table's layout takes a time that grows with the square of its rows. */
const ROWS_PER_TABLE = 50;

/**
 * A table without borders. The first `textColumns` columns are aligned left, the others right.
 * @param rows iterated twice if there are many
 */
export function* columns(
  style: Style,
  head: readonly string[],
  rows: Iterable<readonly string[]>,
  textColumns = 1,
): Generator<string> {
  const named = head.map((text) => style.paint.dim(text));
  const draw = (part: Part, isFirst: boolean, widths: Widths) =>
    drawn(part, isFirst ? named : undefined, widths, textColumns);
  const unknown: Widths = head.map(() => null);
  const { value: first = [], done } = parts(rows).next();
  if (done === true || first.length < ROWS_PER_TABLE) {
    yield draw(first, true, unknown);
    return;
  }
  const widths = head.map((text) => text.length);
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i]!, widthOf(cell));
  }
  let isFirst = true;
  for (const part of parts(rows)) {
    yield draw(part, isFirst, widths);
    isFirst = false;
  }
}

type Part = readonly (readonly string[])[];
type Widths = readonly (number | null)[];

function* parts(rows: Iterable<readonly string[]>): Generator<Part, undefined> {
  let part: (readonly string[])[] = [];
  for (const row of rows) {
    part.push(row);
    if (part.length < ROWS_PER_TABLE) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function drawn(
  rows: Part,
  head: string[] | undefined,
  colWidths: Widths,
  textColumns: number,
): string {
  const table = tableOf(rows, head, colWidths, textColumns);
  const lines = table.toString().split('\n');
  return lines.map((line) => `${`  ${line}`.trimEnd()}\n`).join('');
}

/** Columns that a cell takes: colours take none, some characters take two. */
function widthOf(cell: string): number {
  if (/^[ -~]*$/.test(cell)) return cell.length;
  const table = tableOf([[cell]], undefined, [null], 1);
  table.toString();
  return table.options.colWidths[0]!;
}

function tableOf(
  rows: Part,
  head: string[] | undefined,
  colWidths: Widths,
  textColumns: number,
): InstanceType<typeof Table> {
  const table = new Table({
    ...(head === undefined ? {} : { head }),
    chars: { ...NO_BORDERS },
    colWidths: [...colWidths],
    colAligns: colWidths.map((_, i) => (i < textColumns ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push([...row]);
  return table;
}

/** Rows that are computed each time they are iterated, so that long tables don't keep them. */
export const lazyRows = <T>(
  items: Iterable<T>,
  cells: (item: T) => readonly string[],
): Iterable<readonly string[]> => ({
  *[Symbol.iterator]() {
    for (const item of items) yield cells(item);
  },
});
