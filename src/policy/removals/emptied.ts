/**
 * Tells whether a removal leaves a repository empty, so that it can be removed from the catalog
 * too.
 */
import {
  digestOf,
  type Facts,
  type Node,
  nodeOf,
  type RepositoryFacts,
} from '../../facts/types.js';
import { parseDigest } from '../../storage/digest.js';

export interface RepositoryRemovals {
  /** Removed manifests, by digest. */
  readonly removed: { has(digest: string): boolean; keys(): Iterable<string> };
  readonly isTagRemoved: (tag: string) => boolean;
  /** Seconds since 1970. */
  readonly now: number;
  /** In seconds. */
  readonly minAge: number;
}

/**
 * A repository is empty if it has no other tag or manifest, no recent upload, and no recent layer
 * link except those of the removed manifests. Another recent layer link may belong to a push whose
 * manifest is still to come.
 */
export function isEmptied(
  facts: Facts,
  { tags, revisions, layers, danglingLayers, uploads, keepAllReason, foreign }: RepositoryFacts,
  { removed, isTagRemoved, now, minAge }: RepositoryRemovals,
): boolean {
  if (keepAllReason !== undefined || foreign) return false;
  if (!tags.names.every(isTagRemoved)) return false;
  if (![...revisions.node].every((node) => removed.has(digestOf(facts, node)))) return false;
  const isRecentTime = (seconds: number): boolean => seconds > now - minAge;
  if (uploads.some(({ newest }) => isRecentTime(newest))) return false;
  const removedContent = closureOf(facts, removed.keys());
  const hasRecentBlob = (node: Node): boolean =>
    node < facts.blobs.count && isRecentTime(facts.blobs.newest(node)) && !removedContent.has(node);
  const hasRecentDangling = danglingLayers.node.some(
    (node, i) => isRecentTime(danglingLayers.changed[i]!) && !removedContent.has(node),
  );
  return !hasRecentDangling && !layers.some(hasRecentBlob);
}

function closureOf(facts: Facts, digests: Iterable<string>): Set<Node> {
  const found = new Set<Node>();
  for (const digest of digests) {
    const parsed = parseDigest(digest);
    const node = parsed === undefined ? undefined : nodeOf(facts, parsed);
    if (node !== undefined) found.add(node);
  }
  for (const node of found) for (const next of facts.manifests.references(node)) found.add(next);
  return found;
}
