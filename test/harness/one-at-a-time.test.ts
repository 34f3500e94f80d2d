/** What would disturb each other, or other tests, is in the project whose files run one at a time. */
import { readFileSync } from 'node:fs';
import fastGlob from 'fast-glob';
import { expect, it } from 'vitest';
import { SYSTEM } from '../../vitest.config.js';

it('files that need the guard’s consent run one at a time', () => {
  const all = fastGlob.sync('test/**/*.test.ts');
  const alone = new Set(fastGlob.sync([...SYSTEM]));
  expect(alone.size).toBeGreaterThan(50);
  const needing = all.filter((file) => /\bneeds\([^)]*'guard'/.test(readFileSync(file, 'utf8')));
  expect(needing.length).toBeGreaterThan(20);
  expect(needing.filter((file) => !alone.has(file))).toEqual([]);
});
