/** The generic mark: from roots and references to everything reachable. Pure. */
import type { Bitset } from './bitset.js';

export type Visit = (node: number) => void;
/** Calls `visit` for each root. */
export type Roots = (visit: Visit) => void;
/** Calls `visit` for each node that `node` refers to. */
export type Follow = (node: number, visit: Visit) => void;

export const rootsIn =
  (nodes: Iterable<number>): Roots =>
  (visit) => {
    for (const node of nodes) visit(node);
  };

/**
 * Adds to `reached` everything that `roots` lead to. A node that is in `reached` already is not
 * followed again. So cycles end, and a second call with other roots continues from the first.
 */
export function reachable(reached: Bitset, roots: Roots, follow: Follow): Bitset {
  const stack: number[] = [];
  const visit = (node: number): void => {
    if (!reached.insert(node)) return;
    stack.push(node);
  };
  roots((root) => {
    visit(root);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) follow(node, visit);
  });
  return reached;
}
