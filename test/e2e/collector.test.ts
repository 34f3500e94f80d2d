/** The plan against the registry's own collector, over stores with a random history. */
import { describe, expect, it } from 'vitest';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { randomTree } from '../harness/random-tree.js';
import { collectGarbage } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { everything, expectCode, plannedBlobs, storeWith, sweep } from './world.js';

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const SHA512_SEEDS = [101, 102, 103, 104];

describe('the plan and `garbage-collect --dry-run`', needs('registry'), () => {
  it.each(SEEDS)('name the same blobs (random store %i)', async (seed) => {
    const root = await storeWith((client) => randomTree(client, new Random(seed), { steps: 18 }));
    const collected = await collectGarbage(root, { dryRun: true });
    expect(collected.code).toBe(0);
    expect(await plannedBlobs(root)).toEqual(collected.blobs);
    expect(await plannedBlobs(root, '--delete-untagged')).toEqual(oracle(root, true).garbage);
  });

  it.each(SHA512_SEEDS)('with sha512 layers it names no more (random store %i)', async (seed) => {
    const options = { steps: 12, sha512: true };
    const root = await storeWith((client) => randomTree(client, new Random(seed), options));
    const collected = new Set((await collectGarbage(root, { dryRun: true })).blobs);
    const planned = await plannedBlobs(root);
    expect(planned.filter((digest) => !collected.has(digest))).toEqual([]);
    expect(planned).toEqual(oracle(root).garbage);
  });

  it.each([201, 202])('after both sweeps every tag is served (random store %i)', async (seed) => {
    const root = await storeWith((client) =>
      randomTree(client, new Random(seed), { sha512: true }),
    );
    const before = await everything(root);
    expectCode(await sweep(root), 0);
    expect(await everything(root)).toEqual(before);
    expectCode(await sweep(root, '--delete-untagged'), 0);
    expect(await everything(root)).toEqual(before);
  });
});
