/** Formats the browser's lines as plain text that fits the width. */
import type { MarkedRemoval } from '../../app/browse/removal.js';
import type { Row } from '../../app/browse/rows.js';
import type { BrowserState } from '../../app/browse/state.js';
import { shortName, size } from '../../report/style.js';

const NUMBER = 9;
const BAR = 10;
/** Minimum width at which a bar and the day of the last push are shown. */
const WIDE = 80;
const DAY = 11;

export interface RowLook {
  readonly width: number;
  /** Size in bytes of a full bar. */
  readonly largest: number;
  readonly isMarked: boolean;
  readonly isCurrent: boolean;
}

const nameWidth = (width: number): number =>
  Math.max(8, width - 4 - 3 * NUMBER - (width < WIDE ? 0 : BAR + 1 + DAY));

const number = (text: string): string => text.padStart(NUMBER);

export function headLine(width: number): string {
  const name = 'name'.padEnd(nameWidth(width));
  const wide = width < WIDE ? '' : ` ${''.padEnd(BAR)}`;
  const pushed = width < WIDE ? '' : 'last push'.padStart(DAY);
  return `    ${name}${wide}${number('size')}${number('unique')}${number('garbage')}${pushed}`;
}

export function rowLine(row: Row, { width, largest, isMarked, isCurrent }: RowLook): string {
  const signs = `${isCurrent ? '>' : ' '}${isMarked ? '*' : ' '}${row.into === undefined ? '  ' : '+ '}`;
  const room = nameWidth(width);
  const name = shortName(row.label, room).padEnd(room);
  const wide = width < WIDE ? '' : ` ${barOf(row.bytes / Math.max(largest, 1))}`;
  const day =
    row.pushed === undefined ? '-' : new Date(row.pushed * 1000).toISOString().slice(0, 10);
  const pushed = width < WIDE ? '' : day.padStart(DAY);
  const sizes = [row.bytes, row.unique, row.garbage].map((bytes) => number(short(bytes)));
  return `${signs}${name}${wide}${sizes.join('')}${pushed}`;
}

const short = (bytes: number): string => (bytes === 0 ? '-' : size(bytes));

/** Uses neither colours nor block characters, so that every terminal can show it. */
function barOf(share: number): string {
  const filled = share <= 0 ? 0 : Math.max(1, Math.round(Math.min(share, 1) * (BAR - 1)));
  return '#'.repeat(filled).padEnd(BAR);
}

export function titleLine(root: string, title: string, sort: string, width: number): string {
  const right = ` sorted by ${sort}`;
  const left = title === '' ? root : `${root}  ${title}`;
  const room = width - right.length;
  return `${shortName(left, room).padEnd(room)}${right}`;
}

/** @param removal what removing the marked rows frees; undefined while it is being computed */
export function markedLine(
  { marked }: BrowserState,
  removal: MarkedRemoval | undefined,
  width: number,
): string {
  if (marked.size === 0) return 'Nothing is marked. d marks, ? shows all keys.'.slice(0, width);
  const what = `${marked.size.toLocaleString('en-US')} marked`;
  if (removal === undefined) return `${what}: computing what removing them frees`.slice(0, width);
  if (removal.problem !== undefined) return shortName(`${what}: ${removal.problem}`, width);
  const later = removal.later === 0 ? '' : `, ${size(removal.later)} more once old enough`;
  return shortName(`${what}: removing them frees ${size(removal.now)}${later}`, width);
}

const KEYS = 'Enter open  Left back  d mark  i why  s sort  / find  q quit';

/** The line of keys, without the last one on a narrow terminal. */
export const keysLine = (width: number): string =>
  width < 70 ? KEYS.slice(0, width) : `${KEYS}  ? help`;

/** Each line fits 60 columns. */
export const HELP: readonly string[] = [
  'Up, Down, k, j, PageUp, PageDown, Home, End   move',
  'Enter, Right, l     open',
  'Left, Backspace, h  back',
  'd, Space            mark for removal, or unmark',
  'i                   why it is kept, and who shares it',
  's                   sort: size, unique, garbage, push, name',
  '/                   find; Enter keeps it, Esc ends it',
  'q                   leave; marks are written to a plan file',
  'Ctrl-C              leave, and write nothing',
  '',
  'size: all data that it refers to, each blob once',
  'unique: the part of it that removing it frees',
  'garbage: unreferenced data that only its links name',
  '> current   * marked   + can be opened',
];
