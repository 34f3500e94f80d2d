/** The mark itself: roots and references → everything reachable. Pure, and free of any rule. */
import type { Bitset } from './bitset.js';

/**
 * Adds to `reached` all that `roots` lead to. A node already in it is not followed again,
 * so cycles end and a second call with other roots goes on where the first stopped.
 */
export function reachable(
  reached: Bitset,
  roots: Iterable<number>,
  references: (node: number) => ArrayLike<number>,
): Bitset {
  const stack: number[] = [];
  const visit = (node: number): void => {
    if (reached.has(node)) return;
    reached.add(node);
    stack.push(node);
  };
  for (const root of roots) {
    visit(root);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      const next = references(node);
      for (let i = 0; i < next.length; i++) visit(next[i]!);
    }
  }
  return reached;
}
