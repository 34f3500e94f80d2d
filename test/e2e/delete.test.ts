/** `--delete` ends things for good, but nothing that a quarantined image needs to come back whole. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CliResult } from '../harness/cli.js';
import type { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { CACHE, expectCode, restore, serve, storeWith, sweep } from './world.js';

const NOTE = 'kept, needed to restore a quarantined run';
const LIMITS = ['--max-delete', '100%', '--allow-shrunk'];

const rm = (root: string, ...args: string[]): Promise<CliResult> =>
  regsweep(['rm', ...args, '--root', root, '--yes', '--quiet-window', '200ms', ...LIMITS]);

const pull = (root: string, repository: string, reference: string) =>
  serve(root, (client) => client.pullAll(repository, reference));

interface Pair {
  readonly root: string;
  readonly shared: images.Blob;
  readonly first: images.Image;
  readonly second: images.Image;
}

/** Two images with one layer in common, and one that always stays. */
async function pair(
  name: string,
  push: (client: RegistryClient, two: Omit<Pair, 'root'>) => Promise<unknown>,
): Promise<Pair> {
  const random = new Random(name);
  const shared = images.randomLayer(random);
  const image = () => images.dockerImage(random, [shared, images.randomLayer(random)]);
  const two = { shared, first: image(), second: image() };
  const root = await storeWith(async (client) => {
    await client.push('kept', images.ociImage(random), 'kept');
    await push(client, two);
  });
  return { root, ...two };
}

describe('--delete leaves what a quarantined image needs', needs('registry', 'guard'), () => {
  it.each([[], ['--state-dir']])('of garbage (first run with %j)', async (...flag) => {
    const { root, shared, first, second } = await pair(`untagged ${flag}`, async (client, two) => {
      await client.push('app', two.second, 'later');
      await client.push('app', two.first);
    });
    const { digest } = first.manifest;
    const before = await pull(root, 'app', digest);
    const elsewhere = flag.length > 0 ? ['--state-dir', join(root, '..', 'state')] : [];
    expectCode(await sweep(root, '-m', ...elsewhere), 0);
    await serve(root, (client) => client.deleteManifest('app', second.manifest.digest));
    const planned = oracle(root).garbage;
    expect(planned).toContain(shared.digest);
    const deleted = expectCode(await sweep(root, '-m', '--delete', ...CACHE, '--allow-shrunk'), 0);
    expect(deleted.json).toMatchObject({
      state: 'done',
      moved: { blob: planned.length - 1 },
      notes: expect.arrayContaining([expect.stringContaining(NOTE)]),
    });
    expect(oracle(root).garbage).toEqual([shared.digest]);
    expectCode(await restore(root, ...elsewhere), 0);
    expect(await pull(root, 'app', digest)).toEqual(before);
  });

  it('of a repository that goes as a whole', async () => {
    const { root } = await pair('whole', async (client, { first, second }) => {
      await client.push('app', first, 't1');
      await client.push('app', second, 't2');
    });
    const before = await pull(root, 'app', 't1');
    expectCode(await rm(root, 'app:t1'), 0);
    const told = expectCode(await rm(root, 'app', '--delete', ...CACHE, '--dry-run'), 0);
    expect(told.stdout).toContain(NOTE);
    const result = expectCode(await rm(root, 'app', '--delete', ...CACHE), 0);
    expect(result.stderr).toContain(NOTE);
    expectCode(await restore(root), 0);
    expect(await pull(root, 'app', 't1')).toEqual(before);
  });

  it('of a tag alone, whose run has its journal elsewhere', async () => {
    const { root } = await pair('tag alone', async (client, { first }) => {
      await client.push('app', first, 't1');
      await client.push('app', first, 't2');
    });
    const before = await pull(root, 'app', 't1');
    const elsewhere = ['--state-dir', join(root, '..', 'state')];
    expectCode(await rm(root, 'app:t1', ...elsewhere), 0);
    expectCode(await rm(root, 'app:t2', '--delete', ...CACHE), 0);
    expectCode(await restore(root, ...elsewhere), 0);
    expect(await pull(root, 'app', 't1')).toEqual(before);
  });

  it('of a layer that is stored under another algorithm’s name', async () => {
    const image = images.sha512Image(new Random('sha512'));
    const { root } = await pair('sha512', (client) => client.push('app', image, 't'));
    const before = await pull(root, 'app', 't');
    // Its blobs are young, so only the links go.
    expectCode(await rm(root, 'app:t'), 0);
    const planned = oracle(root).garbage;
    const deleted = expectCode(await sweep(root, '--delete', ...CACHE, '--allow-shrunk'), 0);
    expect(deleted.stderr).toContain(NOTE);
    expect(oracle(root).garbage).toEqual(planned);
    expectCode(await restore(root), 0);
    expect(await pull(root, 'app', 't')).toEqual(before);
  });

  it('and no link of another repository', async () => {
    const { root, first } = await pair('two repositories', async (client, two) => {
      await client.push('x', two.first, 't');
      await client.push('y', two.first, 't');
    });
    const before = await pull(root, 'y', 't');
    expectCode(await rm(root, 'y:t'), 0);
    expectCode(await rm(root, 'x:t', '--delete', ...CACHE), 0);
    const { digest } = first.manifest;
    expect(await serve(root, (client) => client.getManifest('x', digest))).toBeUndefined();
    expectCode(await restore(root), 0);
    expect(await pull(root, 'y', 't')).toEqual(before);
  });
});
