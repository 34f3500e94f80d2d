/** Tables of any length: one layout, and a time that grows with the rows. */
import { describe, expect, it } from 'vitest';
import { columns, lazyRows, makeStyle } from '../../src/report/style.js';

const style = makeStyle(true, Number.POSITIVE_INFINITY);
const textOf = (rows: Iterable<readonly string[]>): string =>
  [...columns(style, ['name', 'size'], rows)].join('');

describe('a table', () => {
  it('has the same columns on all its lines, whatever it contains', () => {
    const cells = [...Array(333).keys()].map((i) => [`row ${i}`, `${i}`]);
    cells[5] = ['漢字漢字漢字', style.paint.cyan('1,000')];
    cells[300] = ['the longest name', '1'];
    const lines = textOf(cells).trimEnd().split('\n');
    expect(lines).toHaveLength(334);
    expect(lines[1]).toBe(`  row 0${' '.repeat('the longest name'.length - 5 + 2 + 4)}0`);
    expect(lines[301]).toBe('  the longest name      1');
    expect(lines[6]).toBe(`  漢字漢字漢字      ${style.paint.cyan('1,000')}`);
  });

  it('of 40,000 rows takes seconds, not minutes', () => {
    const start = process.cpuUsage();
    const rows = lazyRows([...Array(40_000).keys()], (i) => [`row ${i}`, `${i}`]);
    expect(textOf(rows).length).toBeGreaterThan(0);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(20);
  });
});
