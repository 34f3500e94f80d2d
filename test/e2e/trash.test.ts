/** The way back, and the end: restore and purge on a real registry's store. */
import { describe, expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { randomTree } from '../harness/random-tree.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import {
  CACHE,
  everything,
  expectCode,
  purge,
  restore,
  serve,
  storeWith,
  sweep,
  tidy,
} from './world.js';

const tree = (root: string): Map<string, string> => snapshot(`${root}/docker`);
/** Renames change the mtime of the folders that they happen in. */
const loosely = (root: string): Map<string, string> =>
  snapshot(`${root}/docker`, { folderTimes: false });

interface Runs {
  readonly runs: { readonly id: string; readonly bytes: number; readonly items: number }[];
}

const runsOf = async (root: string): Promise<Runs['runs']> => {
  const listed = await regsweep(['trash', 'list', root, '--format', 'json']);
  return (expectCode(listed, 0).json as Runs).runs;
};

describe('trash', needs('registry', 'guard'), () => {
  it.each([1, 2, 3])('restore gives the tree back exactly (random store %i)', async (seed) => {
    const root = await storeWith((client) => randomTree(client, new Random(`trash ${seed}`)));
    const before = loosely(root);
    const served = await everything(root);
    expectCode(await sweep(root, '--delete-untagged'), 0);
    expect(tree(root)).not.toEqual(before);
    expect(await runsOf(root)).toHaveLength(1);
    expectCode(await restore(root), 0);
    expect(loosely(root)).toEqual(before);
    expect(await everything(root)).toEqual(served);
  });

  it('restore undoes a tidy too', async () => {
    const root = await storeWith((client) => randomTree(client, new Random('tidy')));
    expectCode(await sweep(root, '--delete-untagged', '--delete', ...CACHE), 0);
    const before = loosely(root);
    expectCode(await tidy(root), 0);
    expectCode(await restore(root), 0);
    expect(loosely(root)).toEqual(before);
  });

  it('an image pushed again while it lies in the trash outlives the purge', async () => {
    const image = images.dockerImage(new Random('again'));
    const root = await storeWith(async (client) => {
      await client.push('app', images.ociImage(new Random('other')), 'other');
      await client.push('app', image, 'v1');
      await client.deleteManifest('app', image.manifest.digest);
    });
    expectCode(await sweep(root), 0);
    const pushed = await serve(root, async (client) => {
      await client.push('app', image, 'v2');
      return client.pullAll('app', 'v2');
    });
    expect([...pushed.values()]).not.toContain(undefined);
    expectCode(await purge(root), 0);
    expect(await runsOf(root)).toEqual([]);
    expect(await serve(root, (client) => client.pullAll('app', 'v2'))).toEqual(pushed);
    expect(oracle(root).garbage).toEqual([]);
  });

  it('restore --ref brings one image back whole', async () => {
    const random = new Random('ref');
    const [wanted, other] = [images.dockerImage(random), images.dockerImage(random)];
    const root = await storeWith(async (client) => {
      await client.push('app', images.ociImage(random), 'kept');
      for (const image of [wanted, other]) await client.push('app', image);
    });
    const { digest } = wanted.manifest;
    const before = await serve(root, (client) => client.pullAll('app', digest));
    expectCode(await sweep(root, '--delete-untagged'), 0);
    expect(await serve(root, (client) => client.getManifest('app', digest))).toBeUndefined();
    expectCode(await restore(root, '--ref', digest), 0);
    expect(await serve(root, (client) => client.pullAll('app', digest))).toEqual(before);
    const still = await serve(root, (client) => client.getManifest('app', other.manifest.digest));
    expect(still).toBeUndefined();
  });

  it('purge frees what the sweep promised, and no tag suffers', async () => {
    const root = await storeWith((client) => randomTree(client, new Random('purge')));
    const before = await everything(root);
    const swept = expectCode(await sweep(root, '-m'), 0).json as { diskBytes: number };
    const [run] = await runsOf(root);
    const purged = expectCode(await purge(root, '--run', run!.id), 0);
    expect(purged.json).toMatchObject({ diskBytes: swept.diskBytes, problems: [] });
    expect(await everything(root)).toEqual(before);
  });
});
