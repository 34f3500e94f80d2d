import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ItemRecord } from '../../src/sweep/journal/records.js';
import { Journal } from '../../src/sweep/journal/writer.js';
import { makeRoot } from './helpers.js';

let root: string;
beforeEach(() => {
  root = makeRoot();
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const item: ItemRecord = {
  t: 'item',
  n: 0,
  kind: 'blob',
  path: 'blobs/sha256/aa/a',
  dev: 1,
  ino: 1,
  bytes: 1,
  disk: 1,
};

it('knows what was begun and has no record of its end', () => {
  const journal = Journal.create(path.join(root, 'journal.jsonl'), () => {});
  expect(journal.isOpen).toBe(false);
  journal.commit(item);
  expect(journal.isOpen).toBe(true);
  journal.add({ t: 'done', not: [], left: [] });
  expect(journal.isOpen).toBe(false);
  journal.commit({ t: 'purge', n: [0], entries: [1] });
  expect(journal.isOpen).toBe(true);
  journal.commit({ t: 'settled', items: [[0, 'tree']] });
  expect(journal.isOpen).toBe(false);
  const written = fs.readFileSync(path.join(root, 'journal.jsonl'), 'utf8');
  journal.add({ ...item, n: 1 });
  journal.discard();
  journal.commit();
  expect(journal.isOpen).toBe(false);
  expect(fs.readFileSync(path.join(root, 'journal.jsonl'), 'utf8')).toBe(written);
  journal.close();
});
