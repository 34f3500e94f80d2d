/** The same images, the same sizes: a policy, `rm`, `explain` and `analyze` of what it expires. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { tempFolder } from '../harness/temp.js';

const AGES = ['--min-age', '1h', '--age-by', 'mtime', '--format', 'json'];

it('a preview tells the bytes of blobs, without those of links', async () => {
  const folder = await tempFolder();
  const tree = new TreeBuilder(join(folder, 'root'));
  const random = new Random('sizes');
  for (const day of [1, 2, 3]) {
    tree.at(Date.UTC(2024, 0, day)).push('app', images.dockerImage(random), `v${day}`);
  }
  const policy = join(folder, 'policy.yaml');
  writeFileSync(policy, 'version: 1\nrepositories: [{match: ["**"], keepLast: 1}]\n');
  const json = async (...args: string[]) => (await regsweep([...args, ...AGES])).json;
  const { totals, repositories, expiring } = (await json(
    'policy',
    'preview',
    policy,
    tree.root,
  )) as {
    totals: { blobs: number; bytes: number };
    repositories: { bytes: number }[];
    expiring: { tags: string[] }[];
  };
  const targets = expiring.flatMap(({ tags }) => tags.map((tag) => `app:${tag}`));
  expect(targets).toHaveLength(2);
  expect(totals.bytes).toBe(repositories[0]?.bytes);
  const removed = (await json('rm', ...targets, '--root', tree.root, '--dry-run')) as {
    frees: { blobs: number; bytes: number };
  };
  expect(removed.frees).toMatchObject({ blobs: totals.blobs, bytes: totals.bytes });
});
