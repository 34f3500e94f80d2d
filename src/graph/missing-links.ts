/**
 * Finds configs and layers that an image needs and that its repository does not link. The registry
 * does not serve them from there, so the image cannot be pulled. Pure.
 */
import { type Facts, type Node, positionIn, type RepositoryFacts } from '../facts/types.js';

export interface MissingLink {
  readonly manifest: Node;
  readonly content: Node;
}

/**
 * @param roots manifests; their children are checked too
 * @returns each content once; content that is not on the disk is omitted
 */
export function missingLinks(
  { manifests, blobs }: Facts,
  { layers }: RepositoryFacts,
  roots: Iterable<Node>,
): MissingLink[] {
  const found = new Map<Node, Node>();
  const seen = new Set(roots);
  for (const manifest of seen) {
    manifests.eachReference(manifest, (to) => {
      if (manifests.row(to) >= 0) seen.add(to);
    });
    manifests.eachContent(manifest, (content) => {
      const isStored = content < blobs.count || manifests.kind(content) === 'alias';
      if (isStored && positionIn(layers, content) < 0) found.set(content, manifest);
    });
  }
  return [...found].map(([content, manifest]) => ({ manifest, content }));
}
