/** Quarantined items that other quarantined runs need for a complete restore. */
import type { Facts } from '../../facts/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { linkOf } from '../../storage/layout.js';
import {
  quarantinedPartsOf,
  type SweepState,
  type TrashItem,
  trashItems,
  trashReader,
} from '../../sweep/index.js';
import type { Context } from '../context.js';
import { factsWithTrash } from './merged-facts.js';
import { quarantineOf } from './quarantine-needs.js';
import { type Needed, neededExactly, type QuarantinedItem } from './required-by-tree.js';

/**
 * What the images of some runs need in addition to what the tree needs. A needed link counts only in
 * the image's own repository.
 * @param facts of the tree with the blobs in quarantine
 */
export async function neededByRuns(
  context: Context,
  facts: Facts,
  state: SweepState,
  runs: ReadonlySet<string>,
): Promise<Needed> {
  if (runs.size === 0) return () => false;
  const { manifests } = await quarantineOf(context, facts, state);
  const isDamaged = facts.repositories.some(({ keepAllReason }) => keepAllReason !== undefined);
  const images = manifests.isCertain && !isDamaged ? imagesOf(state, runs) : undefined;
  if (images === undefined) {
    return neededExactly(await factsWithTrash(context, facts.tree, state, runs));
  }
  const anywhere = manifests.reachedFrom([...images.values()].flatMap((all) => [...all]));
  const nothing = manifests.reachedFrom([]);
  const each = new Map([...images].map(([name, all]) => [name, manifests.reachedFrom(all)]));
  return ({ kind, digest, repository }: QuarantinedItem): boolean => {
    if (kind !== 'blob' && kind !== 'revision' && kind !== 'layer-link') return false;
    if (digest === undefined) return true;
    if (kind === 'blob') return anywhere(digest as Digest);
    return repository === undefined || (each.get(repository) ?? nothing)(digest as Digest);
  };
}

/**
 * By repository: the manifests that the runs' tags and revisions name.
 * @returns undefined if only the links themselves tell what they name
 */
function imagesOf(
  state: SweepState,
  runs: ReadonlySet<string>,
): Map<string, Set<Digest>> | undefined {
  const images = new Map<string, Set<Digest>>();
  for (const item of trashItems(state, undefined, runs)) {
    for (const part of quarantinedPartsOf(state, item, item.runId)) {
      if (part.kind !== 'tag' && part.kind !== 'revision') continue;
      const digest = part.digest === undefined ? undefined : parseDigest(part.digest);
      if (digest === undefined || part.repository === undefined) return undefined;
      if (part.kind === 'revision' && !namesItself(state, part, digest)) return undefined;
      const own = images.get(part.repository) ?? new Set();
      images.set(part.repository, own.add(digest));
    }
  }
  return images;
}

/** Whether a revision's link contains the digest of its path, as an undamaged one does. */
function namesItself(state: SweepState, { runId, path }: TrashItem, digest: Digest): boolean {
  try {
    const link = trashReader(state, runId).read(linkOf(path), digest.length + 1);
    return link === undefined || Buffer.from(link.bytes).toString('latin1') === digest;
  } catch {
    return false;
  }
}
