/** Files that an interrupted `sweep --delete` renamed in their own folders; its journal is lost. */
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { regsweep } from '../harness/in-process.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, purge, restore, SELECT, sweep, tidy } from './world.js';

const SUFFIX = '.regsweep-1a2b3c';

/** Renames the files of everything that `sweep -m` would remove, as far as `isOurs` says. */
async function putAside(root: string, isOurs: (kind: string) => boolean): Promise<void> {
  const flags = ['-m', '--keep-tags', 'zzz*', '--allow-empty'];
  const plan = await regsweep(['plan', root, ...SELECT, '--json', ...flags]);
  const { actions } = expectCode(plan, 0).json as { actions: { kind: string; path: string }[] };
  for (const { kind, path } of actions) {
    if (isOurs(kind)) renameBelow(join(root, 'docker/registry/v2', path));
  }
}

function renameBelow(folder: string): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) renameBelow(path);
    else fs.renameSync(path, path + SUFFIX);
  }
}

const content = (root: string): [string, string][] =>
  [...snapshot(join(root, 'docker'))].map(([path, text]) => [path, text]);

async function scene(isOurs: (kind: string) => boolean) {
  const root = copyFixture(join(await tempFolder(), 'root'));
  const before = content(root).map(([path]) => path);
  await putAside(root, isOurs);
  expect(content(root).map(([path]) => path)).not.toEqual(before);
  return { root, before };
}

describe('files put aside, without a journal', needs('guard'), () => {
  it.each([
    ['a manifest link', 'revision'],
    ['a blob', 'blob'],
    ['a tag’s history', 'tag-history'],
  ])('of %s: nothing is removed, and one command renames them back', async (_, kind) => {
    const { root, before } = await scene((found) => found === kind);
    const aside = content(root);
    expectCode(await sweep(root), 13);
    expectCode(await sweep(root, '-m', '--delete', '--cache', 'none'), 13);
    expect(content(root)).toEqual(aside);
    for (const command of ['analyze', 'check', 'plan', 'ls', 'du']) {
      const result = await regsweep([command, root, '--json']);
      expect([0, 2], command).toContain(result.code);
    }
    const found = expectCode(await regsweep(['analyze', root, '--json']), 0).json;
    expect(found).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ code: 'file-put-aside' })]),
    });
    const back = expectCode(await restore(root), 0);
    expect(back.json).toMatchObject({ state: 'done' });
    expect(content(root).map(([path]) => path)).toEqual(before);
    expectCode(await restore(root), 0);
    expectCode(await tidy(root), 0);
    expectCode(await purge(root), 0);
  });
});
