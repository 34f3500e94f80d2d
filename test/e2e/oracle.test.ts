/** The harness's own pieces against the registry: a builder's tree and the oracle's verdict. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { TreeBuilder } from '../harness/offline.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { randomTree } from '../harness/random-tree.js';
import { collectGarbage, withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

const paths = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => !path.includes('_uploads/'))
    .sort();

describe('the builder and the oracle', needs('registry'), () => {
  it('builds the very paths that the registry writes', async () => {
    const folder = await tempFolder();
    const [real, built] = [join(folder, 'real'), join(folder, 'built')];
    const kinds = (): images.Image[] => {
      const random = new Random('paths');
      const image = images.dockerImage(random);
      const list = images.manifestList([image, images.dockerImage(random)]);
      return [image, list, images.sha512Image(random), images.buildkitCache(random)];
    };
    const builder = new TreeBuilder(built);
    kinds().forEach((image, i) => void builder.push(`team/app-${i}`, image, 'latest'));
    await withRegistry(real, async ({ url }) => {
      const client = new RegistryClient(url);
      for (const [i, image] of kinds().entries())
        await client.push(`team/app-${i}`, image, 'latest');
    });
    expect(paths(built)).toEqual(paths(real));
  });

  it.each([1, 2, 3])('agrees with the collector about random tree %i', async (seed) => {
    const root = await tempFolder();
    await withRegistry(root, ({ url }) => randomTree(new RegistryClient(url), new Random(seed)));
    const { blobs, code } = await collectGarbage(root, { dryRun: true });
    expect(code).toBe(0);
    expect(blobs.length).toBeGreaterThan(0);
    expect(oracle(root).garbage).toEqual(blobs);
  });
});
