/** Layer links that left with their repository: needed again, by the tree or by another run. */
import { cpSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDigest } from '../../src/storage/digest.js';
import { blobPath, layerPath, linkOf, tagCurrentPath, V2 } from '../../src/storage/layout.js';
import { regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, purge, restore, SELECT, serve, storeWith, sweep } from './world.js';

const rm = (root: string, what: string) =>
  regsweep(['rm', what, '--root', root, ...SELECT, '-y', '--quiet-window', '200ms']);

const pull = (root: string, tag: string) => serve(root, (client) => client.pullAll('app', tag));

const runsOf = (root: string): string[] => readdirSync(join(root, '.regsweep/runs')).sort();

/** `app:v1` was promoted from `dev`, so that only its links and its revision are its own. */
async function promoted(seed: string) {
  const random = new Random(seed);
  const image = images.dockerImage(random);
  const next = images.dockerImage(random, [image.blobs[1]!]);
  const root = await storeWith(async (client) => {
    await client.push('dev', image, 'v1');
    await client.push('app', image, 'v1');
  });
  return { root, image, next, before: await pull(root, 'v1') };
}

/** As a registry does that takes a push by the word of its cache: without any link to a layer. */
function pushedByCache(root: string): void {
  const trash = join(root, '.regsweep/runs', runsOf(root)[0]!, 'trash');
  const manifests = 'repositories/app/_manifests';
  cpSync(join(trash, manifests), join(root, V2, manifests), { recursive: true });
}

describe('layer links in quarantine', needs('registry', 'guard'), () => {
  it('come back beside those of a later push, and no purge ends them', async () => {
    const { root, next, before } = await promoted('beside');
    expectCode(await rm(root, 'app:v1'), 0);
    const pushed = await serve(root, async (client) => {
      await client.push('app', next, 'v2');
      return client.pullAll('app', 'v2');
    });
    expectCode(await restore(root), 0);
    expect(await pull(root, 'v1')).toEqual(before);
    expect(expectCode(await purge(root), 0).json).toMatchObject({ items: 0, diskBytes: 0 });
    expect([await pull(root, 'v1'), await pull(root, 'v2')]).toEqual([before, pushed]);
  });

  it('are put back by a purge when the tree needs them again, and blobs too', async () => {
    const random = new Random('by cache');
    const image = images.dockerImage(random);
    const root = await storeWith(async (client) => {
      await client.push('kept', images.dockerImage(random), 'v1');
      await client.push('app', image, 'v1');
    });
    const before = await pull(root, 'v1');
    expectCode(await rm(root, 'app:v1'), 0);
    pushedByCache(root);
    const hollow = blobPath(parseDigest(image.blobs[1]!.digest)!);
    mkdirSync(join(root, V2, hollow), { recursive: true });
    const purged = expectCode(await purge(root), 0).json as { notes: string[] };
    expect(purged.notes.join('\n')).toMatch(/restored: referenced again/);
    expect(await pull(root, 'v1')).toEqual(before);
    expect(runsOf(root)).toEqual([]);
  });

  it('stay when a run that is kept needs them', async () => {
    const { root, before } = await promoted('kept run');
    const policy = join(await tempFolder(), 'policy.yaml');
    writeFileSync(policy, 'version: 1\nrepositories: [{ match: [app], keepWithin: 1d }]\n');
    utimesSync(join(root, V2, linkOf(tagCurrentPath('app', 'v1'))), 1e9, 1e9);
    const flags = ['--policy', policy, '--allow-empty', '--skip', 'layer-link,repository'];
    expectCode(await sweep(root, ...flags), 0);
    const [first] = runsOf(root);
    expectCode(await sweep(root), 0);
    const second = runsOf(root).find((id) => id !== first)!;
    expectCode(await purge(root, '--run', second), 0);
    expectCode(await restore(root, '--run', first!), 0);
    expect(await pull(root, 'v1')).toEqual(before);
  });

  it('are named where they are lost, by restore and by check', async () => {
    const { root, image } = await promoted('lost');
    expectCode(await rm(root, 'app:v1'), 0);
    const path = layerPath('app', parseDigest(image.blobs[1]!.digest)!);
    rmSync(join(root, '.regsweep/runs', runsOf(root)[0]!, 'trash', path), { recursive: true });
    const told = expectCode(await restore(root, '--dry-run'), 3).json;
    expect(told).toMatchObject({ state: 'partial', dryRun: true, problems: [{ path }] });
    const back = expectCode(await restore(root), 3).json;
    expect(back).toMatchObject({ state: 'partial', problems: [{ path }] });
    expect((await pull(root, 'v1')).get(image.blobs[1]!.digest)).toBeUndefined();
    const check = await regsweep(['check', root, '--detailed-exitcode', '--format', 'json']);
    expect(expectCode(check, 2).json).toMatchObject({
      findings: [{ code: 'missing-layer-link', count: 1, samples: [{ path, repository: 'app' }] }],
    });
  });

  it('are told apart from blobs that an image has lost', async () => {
    const random = new Random('lost blob');
    const image = images.dockerImage(random);
    const index = images.manifestList([image]);
    const root = await storeWith(async (client) => {
      await client.push('kept', images.dockerImage(random), 'v1');
      await client.push('app', index, 'v1');
    });
    expectCode(await rm(root, 'app:v1'), 0);
    const path = blobPath(parseDigest(image.blobs[1]!.digest)!);
    const trash = join(root, '.regsweep/runs', runsOf(root)[0]!, 'trash');
    rmSync(join(trash, path), { recursive: true });
    expect(expectCode(await restore(root), 3).json).toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });
});
