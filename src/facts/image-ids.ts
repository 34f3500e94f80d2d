/** Which manifests a digest means that people give: its own, or those of the image with that ID. */
import type { Digest } from '../storage/digest.js';
import { type Facts, type Node, nodeOf } from './types.js';

/**
 * An image ID is the digest of a config: then the manifests that name it are meant. So it is with
 * any digest that no link knows as a manifest; whether it was read as one says nothing, since a
 * config is JSON too.
 * @returns the digests themselves, as far as they are known, and such manifests
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
