/** Blobs that the quarantine contains or needs. A restore needs the links to them. */

import { nodeOf } from '../../facts/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import type { StorageTree } from '../../storage/port.js';
import { runIds, type SweepState, trashItems } from '../../sweep/index.js';
import type { Context } from '../context.js';
import { factsWithTrash } from './merged-facts.js';
import { closureOf } from './required-by-tree.js';

export type Claimed = (digest: Digest) => boolean;

/** @returns a test for claimed digests; nothing is read if the quarantine is empty */
export async function claimedByTrash(
  context: Context,
  tree: StorageTree,
  state: SweepState,
): Promise<Claimed> {
  const inTrash = new Set<Digest>();
  const manifests = new Set<Digest>();
  for (const { kind, digest } of trashItems(state)) {
    const known = digest === undefined ? undefined : parseDigest(digest);
    if (known === undefined) continue;
    if (kind === 'blob') inTrash.add(known);
    else if (kind === 'revision' || kind === 'tag') manifests.add(known);
  }
  if (inTrash.size === 0 && manifests.size === 0) return () => false;
  const needed = await neededBy(context, tree, state, [...manifests]);
  return (digest) => inTrash.has(digest) || needed(digest);
}

async function neededBy(
  context: Context,
  tree: StorageTree,
  state: SweepState,
  manifests: readonly Digest[],
): Promise<Claimed> {
  if (manifests.length === 0) return () => false;
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
