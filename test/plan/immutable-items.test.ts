/** Which items `lsattr` keeps. A script in its place tells the attributes. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FixedItems } from '../../src/app/plan/prepare/immutable-items.js';
import type { PlannedItem } from '../../src/plan/types.js';
import type { EntrySnapshot } from '../../src/storage/entry-snapshot.js';
import { tempFolder } from '../harness/temp.js';

/** Even root may not write to an immutable file. */
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  accessSync: (path: string) => {
    if (path.endsWith('/a/1')) throw Object.assign(new Error('immutable'), { code: 'EPERM' });
  },
}));

const PATH = process.env.PATH;

afterEach(() => {
  process.env.PATH = PATH;
});

/** @param lines shell code that prints what `lsattr` prints for `$path` */
async function withLsattr(lines: string): Promise<string> {
  const root = await tempFolder();
  mkdirSync(join(root, 'bin'));
  const script = join(root, 'bin/lsattr');
  const body = `shift\necho >> ${root}/started\nfor path; do\n${lines}\ndone\n`;
  writeFileSync(script, `#!/bin/sh\n${body}`);
  chmodSync(script, 0o755);
  process.env.PATH = `${root}/bin:${PATH}`;
  return root;
}

const entry = (name: string, type: EntrySnapshot['type']): EntrySnapshot => ({
  ...{ name, type, dev: 1, ino: 1, nlink: 1, size: 71, blocks: 8 },
  ...{ mtimeMs: 0, ctimeMs: 0 },
});

const item = (path: string): PlannedItem => ({
  action: { kind: 'layer-link', path, reason: '' },
  seen: [entry('', 'directory'), entry('link', 'file'), entry('other', 'symlink')],
});

async function asked(root: string, items: readonly PlannedItem[]): Promise<FixedItems> {
  const fixed = new FixedItems(root);
  for (const one of items) await fixed.look(one);
  await fixed.settle();
  return fixed;
}

const OTHERS = 'echo "--------------e------- $path"';
const ITEMS = ['a/1', 'a/2', 'b/3'].map(item);
const kept = (fixed: FixedItems): string[] =>
  ITEMS.map(({ action }) => action.path).filter((path) => fixed.has(path));

describe('attributes', () => {
  it.each([
    ['none', './nothing', 'i', []],
    ['an immutable item', './a/2', 'i', ['a/2']],
    ['an append-only file', './a/2/link', 'a', ['a/2']],
    ['a parent folder', './a', 'a', ['a/1', 'a/2']],
    ['a symbolic link, which has none', './b/3/other', 'i', []],
    ['other attributes', './a/1', 'A', []],
  ])('keep what they protect: %s', async (_, path, flag, expected) => {
    const special = `if [ "$path" = ${path} ]; then echo "----${flag}--------- $path"; else ${OTHERS}; fi`;
    const fixed = await asked(await withLsattr(special), ITEMS);
    expect(kept(fixed)).toEqual(expected);
    expect(fixed.count).toBe(expected.length);
  });

  it('are asked for in parts where the host allows fewer arguments', async () => {
    const long = 'x'.repeat(100);
    const many = Array.from({ length: 30_000 }, (_, i) => entry(`${i}-${long}`, 'file'));
    const large = { ...item('a/2'), seen: [entry('', 'directory'), ...many] };
    const last = `./a/2/29999-${long}`;
    const special = `if [ "$path" = ${last} ]; then echo "----i--- $path"; else ${OTHERS}; fi`;
    const fixed = await asked(await withLsattr(special), [large]);
    expect(kept(fixed)).toEqual(['a/2']);
  });

  it.each([
    ['whatever the others are', OTHERS, ['a/1']],
    ['beside one that is', 'echo "----i--- $path"', ['a/1', 'a/2', 'b/3']],
  ])('of a path that is not reported are told by its access: %s', async (_, others, expected) => {
    const some = `case "$path" in ./a/1) ;; *) ${others};; esac`;
    expect(kept(await asked(await withLsattr(some), ITEMS))).toEqual(expected);
  });

  it('are asked for in several processes, and each answer counts', async () => {
    const last = `a/${'9'.repeat(200)}`;
    const many = Array.from({ length: 3000 }, (_, i) => item(`a/${String(i).padStart(200, '0')}`));
    const special = `case "$path" in ./${last}|./a/0*1234) echo "----i--- $path";; *) ${OTHERS};; esac`;
    const root = await withLsattr(special);
    const fixed = await asked(root, [...many, item(last)]);
    expect(fixed.count).toBe(2);
    expect(fixed.has(last)).toBe(true);
    expect(fixed.has(many[1234]!.action.path)).toBe(true);
  });
});
