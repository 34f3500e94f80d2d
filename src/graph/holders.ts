/** Finds one image that uses each of some nodes. Pure. */
import { type Facts, NO_NODE, type Node, nodeCount, positionIn } from '../facts/types.js';
import { KEEPS_NONE, Walk } from './mark/follow-references.js';

export interface UsingImage {
  readonly repository: string;
  /** Undefined if no tag leads to the node. */
  readonly tag?: string;
}

/**
 * @returns by node, the first tag in the order of repositories and tags that leads to it. If there
 *   is none, the first repository whose manifests or layer links do. Costs one pass over the
 *   images, which stops when all nodes are found.
 */
export function firstImages(facts: Facts, nodes: ReadonlySet<Node>): ReadonlyMap<Node, UsingImage> {
  const found = new Map<Node, UsingImage>();
  if (nodes.size === 0) return found;
  const walk = new Walk(facts.manifests, nodeCount(facts), KEEPS_NONE);
  const claim = (root: Node, holder: UsingImage): void => {
    for (const node of walk.from((visit) => visit(root))) {
      if (nodes.has(node) && !found.has(node)) found.set(node, holder);
    }
  };
  for (const { name, tags } of facts.repositories) {
    for (let i = 0; i < tags.target.length && found.size < nodes.size; i++) {
      const root = tags.target[i]!;
      if (root !== NO_NODE) claim(root, { repository: name, tag: tags.names[i]! });
    }
  }
  for (const { name, revisions, layers } of facts.repositories) {
    for (let i = 0; i < revisions.node.length && found.size < nodes.size; i++) {
      claim(revisions.node[i]!, { repository: name });
    }
    if (found.size === nodes.size) break;
    for (const node of nodes) {
      if (!found.has(node) && positionIn(layers, node) >= 0) found.set(node, { repository: name });
    }
  }
  return found;
}
