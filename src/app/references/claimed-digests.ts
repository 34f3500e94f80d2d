/** Blobs that the quarantine contains or needs. A restore needs the links to them. */

import { type Facts, nodeOf } from '../../facts/types.js';
import type { Digest } from '../../storage/digest.js';
import { runIds, type SweepState } from '../../sweep/index.js';
import type { Context } from '../context.js';
import { factsWithTrash } from './merged-facts.js';
import { quarantineOf } from './quarantine-needs.js';
import type { Reached } from './quarantined-manifests.js';
import { closureOf } from './required-by-tree.js';

export type Claimed = (digest: Digest) => boolean;

/**
 * @param facts of the tree as it is now
 * @returns a test for claimed digests; nothing is read if the quarantine is empty
 */
export async function claimedByTrash(
  context: Context,
  facts: Facts,
  state: SweepState,
): Promise<Claimed> {
  if (runIds(state).length === 0) return () => false;
  const { blobs, images, manifests } = await quarantineOf(context, facts, state);
  const needed = manifests.isCertain
    ? manifests.reachedFrom(images)
    : await neededBy(context, facts, state, [...images]);
  return (digest) => blobs.has(digest) || needed(digest);
}

async function neededBy(
  context: Context,
  { tree }: Facts,
  state: SweepState,
  manifests: readonly Digest[],
): Promise<Reached> {
  const facts = await factsWithTrash(context, tree, state, new Set(runIds(state)), manifests);
  const nodes = closureOf(
    facts,
    manifests.flatMap((digest) => nodeOf(facts, digest) ?? []),
  );
  return (digest) => {
    const node = nodeOf(facts, digest);
    return node !== undefined && nodes.has(node);
  };
}
