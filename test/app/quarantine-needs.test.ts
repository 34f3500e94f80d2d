/** What the quarantine needs is the same whether only its manifests are read or everything is. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../src/app/context.js';
import { claimedByTrash } from '../../src/app/references/claimed-digests.js';
import { factsWithTrash } from '../../src/app/references/merged-facts.js';
import { neededByImages } from '../../src/app/references/required-by-images.js';
import { neededByRuns } from '../../src/app/references/required-by-runs.js';
import { neededExactly } from '../../src/app/references/required-by-tree.js';
import { readFacts } from '../../src/facts/read.js';
import { type Digest, parseDigest } from '../../src/storage/digest.js';
import {
  blobPath,
  layerPath,
  repositoryPath,
  revisionPath,
  tagPath,
} from '../../src/storage/layout.js';
import type { StorageTree } from '../../src/storage/port.js';
import { openTree } from '../../src/storage/tree.js';
import { openState, type SweepState, trashItems } from '../../src/sweep/index.js';
import * as images from '../harness/images.js';
import { digestOf as digestNow, TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { tempFolder } from '../harness/temp.js';

vi.mock('../../src/facts/read.js', async (load) => {
  const real = await load<typeof import('../../src/facts/read.js')>();
  return { ...real, readFacts: vi.fn(real.readFacts) };
});

const [GOING, KEPT] = ['20260101T000000Z-aaaaaa', '20260102T000000Z-bbbbbb'];
const digestOf = (image: images.Image): Digest => parseDigest(image.manifest.digest)!;
const context = {
  options: { concurrency: 1 },
  progress: { update: () => undefined, stop: () => undefined },
  signal: new AbortController().signal,
  now: () => Date.now(),
} as unknown as Context;

describe('what the quarantine needs', () => {
  const random = new Random('quarantine needs');
  const scans = vi.mocked(readFacts);
  let builder: TreeBuilder;
  let tree: StorageTree;
  let state: SweepState;

  beforeEach(async () => {
    builder = new TreeBuilder(await tempFolder());
    builder.push('live', images.dockerImage(random), 'latest');
  });
  afterEach(() => {
    scans.mockClear();
    rmSync(builder.root, { recursive: true });
  });

  const open = async (): Promise<void> => {
    tree = await openTree(builder.root);
    state = openState(tree);
  };

  const move = (run: string, ...paths: string[]): void => {
    for (const path of paths) {
      const to = `${builder.root}/.regsweep/runs/${run}/trash/${path}`;
      mkdirSync(dirname(to), { recursive: true });
      renameSync(`${builder.v2}/${path}`, to);
    }
  };

  const factsNow = () => factsWithTrash(context, tree, state, new Set());

  /** All that could be asked about: each digest, as a blob and as a link of each repository. */
  async function answers(needed: Awaited<ReturnType<typeof neededByRuns>>): Promise<string[]> {
    const digests = [...trashItems(state)].flatMap(({ digest }) => digest ?? []);
    const found: string[] = [];
    for (const digest of new Set(digests)) {
      if (needed({ kind: 'blob', digest })) found.push(digest);
      for (const repository of ['app', 'base', 'live', 'other']) {
        if (needed({ kind: 'layer-link', digest, repository }))
          found.push(`${repository}@${digest}`);
      }
    }
    return found.sort();
  }

  /** Compares with a reading of tree and kept run as one. @returns the number of scans */
  async function compare(): Promise<{ found: string[]; scanned: number }> {
    await open();
    const facts = await factsNow();
    scans.mockClear();
    const needed = await neededByRuns(context, facts, state, new Set([KEPT]));
    const scanned = scans.mock.calls.length;
    const found = await answers(needed);
    const whole = await factsWithTrash(context, tree, state, new Set([KEPT]));
    const byTree = await answers(neededExactly(facts));
    const both = await answers(neededExactly(whole));
    expect([...new Set([...found, ...byTree])].sort()).toEqual([...new Set([...both, ...byTree])]);
    return { found, scanned };
  }

  it('is what kept images refer to, without another scan', async () => {
    const children = [images.ociImage(random), images.ociImage(random)];
    const index = images.ociIndex(children);
    const signature = images.referrer(random, children[0]!);
    builder.push('app', index, 'v1');
    builder.push('app', signature);
    const [child] = children;
    const layers = child!.blobs.map(({ digest }) => parseDigest(digest)!);
    for (const layer of layers) builder.layerLink('base', layer);
    move(KEPT, tagPath('app', 'v1'), revisionPath('app', digestOf(index)));
    move(KEPT, revisionPath('app', digestOf(signature)), blobPath(digestOf(index)));
    move(GOING, ...layers.map((layer) => layerPath('app', layer)));
    move(GOING, ...layers.map((layer) => layerPath('base', layer)));
    move(GOING, revisionPath('app', digestOf(child!)), ...layers.map(blobPath));
    move(GOING, blobPath(digestOf(child!)));
    const { found, scanned } = await compare();
    expect(scanned).toBe(0);
    for (const layer of layers) expect(found).toContain(`app@${layer}`);
    expect(found).toEqual(expect.arrayContaining([...layers, digestOf(child!)]));
    expect(found.some((one) => one.startsWith('base@'))).toBe(false);
  });

  it('is read with all links if a kept manifest is damaged, missing or names a lost blob', async () => {
    const [torn, lost] = [images.dockerImage(random), images.dockerImage(random)];
    builder.push('app', torn, 'v1');
    builder.push('other', lost, 'v1');
    const link = parseDigest(torn.blobs[1]!.digest)!;
    builder.file(`${blobPath(digestOf(torn))}/data`, 'torn');
    move(KEPT, tagPath('app', 'v1'), revisionPath('app', digestOf(torn)), layerPath('app', link));
    move(GOING, blobPath(link));
    const damaged = await compare();
    expect([damaged.scanned, damaged.found.includes(link)]).toEqual([1, true]);
    rmSync(`${builder.root}/.regsweep`, { recursive: true });
    move(KEPT, repositoryPath('other'));
    rmSync(`${builder.v2}/${blobPath(parseDigest(lost.blobs[0]!.digest)!)}`, { recursive: true });
    expect((await compare()).scanned).toBe(1);
  });

  it('is read with all links if only a quarantined link tells where content is stored', async () => {
    const image = images.sha512Image(random);
    builder.push('app', image, 'v1');
    const [claimed, stored] = [image.blobs[1]!.digest, digestNow(image.blobs[1]!.bytes)];
    move(KEPT, tagPath('app', 'v1'), revisionPath('app', digestOf(image)));
    move(KEPT, layerPath('app', parseDigest(claimed)!));
    move(GOING, blobPath(stored));
    const { found, scanned } = await compare();
    expect([scanned, found.includes(stored)]).toEqual([1, true]);
  });

  it('is read once for all questions of one plan', async () => {
    const image = images.dockerImage(random);
    builder.push('app', image, 'v1');
    const signature = images.referrer(random, image);
    builder.push('app', signature);
    move(KEPT, tagPath('app', 'v1'), revisionPath('app', digestOf(image)));
    await open();
    const facts = await readFacts(tree, { ageBy: 'newest', now: 2e9, minAge: 0, keepFindings: 5 });
    scans.mockClear();
    const needed = await neededByImages(context, facts, state, () => true);
    const claimed = await claimedByTrash(context, facts, state);
    expect(scans).not.toHaveBeenCalled();
    for (const { digest: text } of [...image.blobs, ...signature.blobs, signature.manifest]) {
      const digest = parseDigest(text)!;
      const blob = { kind: 'blob', path: blobPath(digest), digest, reason: '' } as const;
      const path = layerPath('app', digest);
      expect([claimed(digest), needed(blob)]).toEqual([true, true]);
      expect(needed({ ...blob, kind: 'layer-link', path, repository: 'app' })).toBe(true);
      expect(needed({ ...blob, kind: 'layer-link', path, repository: 'live' })).toBe(false);
    }
  });
});
