import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MUTATIONS } from './mutations.js';

it('what each mutation replaces stands in its file once', () => {
  const src = path.join(import.meta.dirname, '../../src');
  const found = MUTATIONS.map(({ file, find, what }) => {
    return { what, times: fs.readFileSync(path.join(src, file), 'utf8').split(find).length - 1 };
  });
  expect(found).toEqual(MUTATIONS.map(({ what }) => ({ what, times: 1 })));
});
