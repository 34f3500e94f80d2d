/** With -m, a repository without tags stays, and every command says so. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { expectCode, SELECT, storeWith, sweep } from './world.js';

const random = new Random('tagless');
const note = expect.stringContaining(
  'repositories with manifests but no tag, all kept: 1 (bare); --allow-tagless removes their manifests too',
);

interface Result {
  readonly findings: readonly { readonly code: string; readonly count: number }[];
  readonly run: { readonly notes: readonly string[] };
}

describe('a repository without tags', needs('registry', 'guard'), () => {
  const store = () =>
    storeWith(async (client) => {
      await client.push('app', images.dockerImage(random), 'v1');
      await client.push('bare', images.dockerImage(random));
    });
  const codes = async (root: string, ...flags: string[]) => {
    const result = await regsweep(['analyze', root, ...flags, '--format', 'json']);
    const { findings } = expectCode(result, 0).json as Result;
    return findings.map(({ code, count }) => [code, count]);
  };

  it('is a finding with -m', async () => {
    const root = await store();
    expect([
      await codes(root),
      await codes(root, '-m'),
      await codes(root, '-m', '--allow-tagless'),
    ]).toEqual([[], [['tagless-repository', 1]], []]);
  });

  it('is told of by plan and sweep', async () => {
    const root = await store();
    const file = join(root, '..', 'the.plan');
    const plan = ['plan', root, ...SELECT, '-m'];
    const toFile = expectCode(await regsweep([...plan, '-o', file]), 0);
    const asJson = expectCode(await regsweep([...plan, '--format', 'json']), 0);
    const swept = expectCode(await sweep(root, '-m'), 0);
    const without = expectCode(await regsweep(['plan', root, ...SELECT]), 0);
    expect([toFile.stderr, (asJson.json as Result).run.notes, swept.stderr]).toEqual([
      note,
      [note],
      note,
    ]);
    expect(without.stdout + without.stderr).not.toContain('tag:');
  });
});
