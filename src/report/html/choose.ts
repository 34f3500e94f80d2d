/** Chooses which items get a separate row on the page. */
import type { Facts, Node } from '../../facts/types.js';

/**
 * Positions of the `limit` largest values, in ascending order. Among equal values the first ones
 * are chosen; zeros only if there is room.
 */
export function largest(values: Float64Array, limit: number): Uint32Array {
  if (values.length <= limit) return Uint32Array.from(values.keys());
  if (limit === 0) return new Uint32Array();
  const bound = Float64Array.from(values).sort()[values.length - limit]!;
  let above = 0;
  for (const value of values) if (value > bound) above += 1;
  const chosen = new Uint32Array(limit);
  let equal = limit - above;
  let length = 0;
  for (let i = 0; i < values.length && length < limit; i++) {
    const isIn = values[i]! > bound || (values[i] === bound && equal-- > 0);
    if (isIn) chosen[length++] = i;
  }
  return chosen;
}

/** Positions of the largest blobs, and of the largest garbage blobs, in ascending order. */
export function largestBlobs(
  { blobs }: Facts,
  isGarbage: (node: Node) => boolean,
  limits: { readonly blobs: number; readonly garbage: number },
): Uint32Array {
  const sizes = new Float64Array(blobs.count);
  const garbage = new Float64Array(blobs.count);
  let node = 0;
  for (const { size, count } of blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      sizes[node] = size[i]!;
      if (isGarbage(node)) garbage[node] = size[i]!;
    }
  }
  const chosen = new Set(largest(sizes, limits.blobs));
  for (const i of largest(garbage, limits.garbage)) if (garbage[i]! > 0) chosen.add(i);
  return Uint32Array.from(chosen).sort();
}
