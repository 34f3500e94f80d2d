/**
 * Orders manifests so that a crash leaves garbage, but no dangling reference.
 */
import type { Facts, Node } from '../../facts/types.js';
import type { UnlinkedManifests } from '../../facts/unlinked-manifests.js';

export const NO_UNLINKED: UnlinkedManifests = new Map();

/**
 * Orders manifests so that indexes come before their children and referrers before their subjects.
 * Others keep their order. A cycle (hostile input, or links that name each other) has no right
 * order, but everything that it refers to comes after it.
 * @param unlinked references of manifests that no repository links, which the facts don't have
 */
export function referringFirst(
  facts: Facts,
  nodes: readonly Node[],
  unlinked = NO_UNLINKED,
): Node[] {
  const waiting = new Set(nodes);
  const below = (node: Node): Node[] => {
    const subjects = subjectsOf(facts).get(node) ?? [];
    const all = [...facts.manifests.references(node), ...subjects, ...(unlinked.get(node) ?? [])];
    return all.filter((to) => waiting.has(to));
  };
  const done: Node[] = [];
  // Depth first, each node after all that it refers to. The reverse is the wanted order.
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (waiting.delete(nodes[i]!)) finish(nodes[i]!, below, waiting, done);
  }
  return done.reverse();
}

function finish(
  start: Node,
  below: (node: Node) => Node[],
  waiting: Set<Node>,
  done: Node[],
): void {
  const path = [{ node: start, next: below(start) }];
  for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
    const to = at.next.pop();
    if (to === undefined) {
      done.push(at.node);
      path.pop();
    } else if (waiting.delete(to)) path.push({ node: to, next: below(to) });
  }
}

const cache = new WeakMap<Facts, Map<Node, Node[]>>();

function subjectsOf(facts: Facts): Map<Node, Node[]> {
  let found = cache.get(facts);
  if (found !== undefined) return found;
  found = new Map();
  const { referrers, subjects } = facts.manifests;
  for (let i = 0; i < referrers.length; i++) {
    const list = found.get(referrers[i]!);
    if (list === undefined) found.set(referrers[i]!, [subjects[i]!]);
    else list.push(subjects[i]!);
  }
  cache.set(facts, found);
  return found;
}
