/** The growing list of numbers, around the lengths at which it grows. */
import { expect, it } from 'vitest';
import { NumberList } from '../../src/facts/tables/number-list.js';

const CHUNK = 16_384;

it('a list gives back what was added, at any length', () => {
  const lengths = [0, 1, 15, 16, 17, 32, 33, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 50_000];
  for (const length of lengths) {
    const list = new NumberList();
    const plain = Uint32Array.from({ length }, (_, i) => 0xffffffff - i * 7);
    for (const value of plain) list.push(value);
    expect(list.length).toBe(length);
    expect(list.done()).toEqual(plain);
    expect(plain.every((value, i) => list.get(i) === value)).toBe(true);
  }
});

it('a long list never copies what it has', () => {
  const list = new NumberList();
  const set = Uint32Array.prototype.set;
  let copied = 0;
  Uint32Array.prototype.set = function (source: ArrayLike<number>, at?: number) {
    copied += source.length;
    set.call(this, source, at);
  };
  try {
    for (let i = 0; i < 20 * CHUNK; i++) list.push(i);
  } finally {
    Uint32Array.prototype.set = set;
  }
  expect(copied).toBeLessThan(CHUNK);
});
