/** What a file of digests may hold: a digest that is not understood must not go. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { keepDigestsOf } from '../../src/app/select/selection.js';
import { RegsweepError } from '../../src/util/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'regsweep-keep-'));
afterAll(() => rm(folder, { recursive: true }));

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const CAPITALS = `sha256:${'C'.repeat(64)}`;

function read(text: string): unknown {
  const path = join(folder, 'keep');
  writeFileSync(path, text);
  try {
    return keepDigestsOf({ keepDigests: path });
  } catch (error) {
    if (error instanceof RegsweepError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

it('names each digest once, wherever it stands in its line', () => {
  expect(read(`# what runs\n${B} web\n\nhost/app@${A} # twice\n${A}\n`)).toEqual([A, B]);
});

it.each([
  ['', 'it names no digest'],
  ['# nothing runs\n\n', 'it names no digest'],
  [CAPITALS, 'line 1: digests are lower case, this one has capitals'],
  [`${A}\n${A} ${CAPITALS}`, 'line 2: digests are lower case, this one has capitals'],
  [`${A} sha256:abc`, 'line 1: no whole digest in'],
  ['app:v1', 'line 1: no whole digest in'],
])('%j is refused', (text, message) => {
  expect(read(text)).toMatch(/^usage: /);
  expect(read(text)).toContain(message);
});
