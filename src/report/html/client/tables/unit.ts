/** Sizes on disk or apparent sizes: all tables show one of them at a time. */
import { choice } from '../dom.js';
import { formatBytes } from '../format.js';
import type { Column } from './table.js';

let isApparent = false;

/** A column of sizes in the chosen unit. */
export function sizes<R>(
  title: string,
  disk: (row: R) => number,
  apparent: (row: R) => number,
): Column<R> {
  const value = (row: R): number => (isApparent ? apparent(row) : disk(row));
  return { title, value, cell: (row) => formatBytes(value(row)) };
}

/** @param onChange draws the tables again */
export const unitChoice = (onChange: () => void): HTMLFieldSetElement =>
  choice(
    'Sizes in the tables',
    [
      ['allocated', 'On disk'],
      ['apparent', 'Apparent'],
    ],
    'allocated',
    (unit) => {
      isApparent = unit === 'apparent';
      onChange();
    },
  );
