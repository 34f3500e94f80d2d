/** Configs and layers that an image needs and its repository does not link: it can't be pulled. Pure. */
import { type Facts, type Node, positionIn, type RepositoryFacts } from '../facts/types.js';

export interface UnlinkedContent {
  readonly manifest: Node;
  readonly content: Node;
}

/**
 * @param roots manifests; their children count too
 * @returns each content once; what is not on the disk at all is left out
 */
export function unlinkedContent(
  { manifests, blobs }: Facts,
  { layers }: RepositoryFacts,
  roots: Iterable<Node>,
): UnlinkedContent[] {
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
