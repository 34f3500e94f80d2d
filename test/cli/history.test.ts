import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { needs } from '../harness/require.js';
import { removeTemp } from '../harness/temp.js';

const folder = mkdtempSync(join(tmpdir(), 'regsweep-history-'));
afterAll(() => removeTemp(folder));

const FLAGS = ['--min-age', '0s', '--max-delete', '100%', '--quiet-window', '100ms', '-y'];

it(
  'a tree that lost repositories is noticed, unless a sweep took them',
  needs('guard'),
  async () => {
    const tree = new TreeBuilder(join(folder, 'root')).at(Date.UTC(2024, 0, 1));
    for (const name of ['a', 'b', 'c']) {
      const config = tree.layer(name, `{"of":"${name}"}`);
      tree.manifest(name, { schemaVersion: 2, config: { digest: config }, layers: [] }, 'v1');
      tree.layer(`dead/${name}`, `nobody needs ${name}`);
    }
    const sweep = async (...flags: string[]) => {
      const result = await regsweep(['sweep', tree.root, ...FLAGS, '--format', 'json', ...flags]);
      const json = result.json as { moved: unknown } | undefined;
      return [result.code, json?.moved, result.stderr];
    };
    const first = await sweep();
    expect(first.slice(0, 2)).toEqual([
      0,
      { 'layer-link': 3, blob: 3, repository: 1, 'empty-directory': expect.any(Number) },
    ]);
    tree.blob('more garbage');
    expect((await sweep()).slice(0, 2)).toEqual([0, { blob: 1, 'empty-directory': 1 }]);
    await rm(join(tree.v2, 'repositories/c'), { recursive: true });
    const [code, , message] = await sweep();
    expect([code, message]).toEqual([
      13,
      expect.stringContaining('the tree has 2 repositories and had 3 at the last run'),
    ]);
    expect((await sweep('--allow-shrunk'))[0]).toBe(0);
  },
);
