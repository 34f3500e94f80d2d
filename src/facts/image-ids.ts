/** Resolves digests given by people (`--keep-digests`, image IDs) to manifests. */
import type { Digest } from '../storage/digest.js';
import { type Facts, type Node, nodeOf } from './types.js';

/**
 * `docker images` shows the digest of the image's configuration as its ID. So a digest that no tag
 * and no revision links as a manifest also stands for every manifest that refers to it. Its own
 * content does not matter here, because a configuration is JSON too and may have been read as a
 * manifest.
 * @returns the nodes of the given digests that are known, then those manifests
 */
export function resolveImageIds(facts: Facts, digests: Iterable<Digest>): Node[] {
  const found: Node[] = [];
  for (const digest of digests) {
    const node = nodeOf(facts, digest);
    if (node !== undefined) found.push(node);
  }
  const parts = new Set(found);
  for (const { tags, revisions } of parts.size > 0 ? facts.repositories : []) {
    for (const column of [tags.target, revisions.node, revisions.target]) {
      for (const node of column) parts.delete(node);
    }
  }
  for (const manifest of parts.size > 0 ? facts.manifests.nodes : []) {
    if (facts.manifests.references(manifest).some((node) => parts.has(node))) found.push(manifest);
  }
  return found;
}
