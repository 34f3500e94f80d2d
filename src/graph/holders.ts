/** One image for each of some nodes that needs it. Pure. */
import { type Facts, NO_NODE, type Node, nodeCount, positionIn } from '../facts/types.js';
import { KEEPS_NONE, Walk } from './mark/walk.js';

export interface Holder {
  readonly repository: string;
  /** Undefined where no tag leads to the node. */
  readonly tag?: string;
}

/**
 * The first tag by repository and name that leads to each node, else the first repository with a
 * manifest or layer link that does. One pass over the images, which ends once all are found.
 */
export function firstHolders(facts: Facts, nodes: ReadonlySet<Node>): ReadonlyMap<Node, Holder> {
  const found = new Map<Node, Holder>();
  if (nodes.size === 0) return found;
  const walk = new Walk(facts.manifests, nodeCount(facts), KEEPS_NONE);
  const claim = (root: Node, holder: Holder): void => {
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
