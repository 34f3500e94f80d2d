/** Whether a removal leaves a repository with nothing, so that it needn't stay in the catalog. */
import {
  digestOf,
  type Facts,
  type Node,
  nodeOf,
  type RepositoryFacts,
} from '../../facts/types.js';
import { parseDigest } from '../../storage/digest.js';

export interface Leaving {
  /** Manifests that go, by digest. */
  readonly gone: { has(digest: string): boolean; keys(): Iterable<string> };
  readonly goesToo: (tag: string) => boolean;
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds. */
  readonly minAge: number;
}

/**
 * No tag, no manifest, no upload under way, and every recent layer link belongs to what goes:
 * any other may be a push whose manifest is still to come.
 */
export function nothingIsLeft(
  facts: Facts,
  { tags, revisions, layers, danglingLayers, uploads, keepAllReason, foreign }: RepositoryFacts,
  { gone, goesToo, now, minAge }: Leaving,
): boolean {
  if (keepAllReason !== undefined || foreign) return false;
  if (!tags.names.every(goesToo)) return false;
  if (![...revisions.node].every((node) => gone.has(digestOf(facts, node)))) return false;
  const isYoung = (seconds: number): boolean => seconds > now - minAge;
  if (uploads.some(({ newest }) => isYoung(newest))) return false;
  const accounted = closureOf(facts, gone.keys());
  const recent = (node: Node): boolean =>
    node < facts.blobs.count && isYoung(facts.blobs.newest(node)) && !accounted.has(node);
  const danglesRecently = danglingLayers.node.some(
    (node, i) => isYoung(danglingLayers.changed[i]!) && !accounted.has(node),
  );
  return !danglesRecently && !layers.some(recent);
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
