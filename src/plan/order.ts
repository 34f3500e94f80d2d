/** References go before what they refer to: a crash then leaves garbage, never a dangling reference. */
import type { Facts, Node } from '../facts/types.js';

/**
 * Orders manifests so that indexes come before their children and referrers before their subjects.
 * Cycles (hostile input) come last, in the order given.
 */
export function referringFirst(facts: Facts, nodes: readonly Node[]): Node[] {
  const { manifests } = facts;
  const waiting = new Map<Node, number>(nodes.map((node) => [node, 0]));
  const below = (node: Node): Node[] => {
    const subjects = subjectsOf(facts).get(node) ?? [];
    return [...manifests.references(node), ...subjects].filter(
      (to) => waiting.has(to) && to !== node,
    );
  };
  for (const node of nodes) {
    for (const to of below(node)) waiting.set(to, waiting.get(to)! + 1);
  }
  const ready = nodes.filter((node) => waiting.get(node) === 0);
  for (let i = 0; i < ready.length; i++) {
    for (const to of below(ready[i]!)) {
      const left = waiting.get(to)! - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  if (ready.length === nodes.length) return ready;
  const done = new Set(ready);
  return [...ready, ...nodes.filter((node) => !done.has(node))];
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
