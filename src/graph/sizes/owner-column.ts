/**
 * Finds which part (such as a repository) alone leads to each blob, in one pass over all closures.
 * Pure.
 */
import type { Facts } from '../../facts/types.js';

/** Values of the column besides the number of a part, which starts at 1. */
export const NOBODY = 0;
export const SHARED = 0xffffffff;

export interface OwnerColumn {
  /** By blob: the number of the part that alone leads to it, or NOBODY or SHARED. */
  readonly owner: Uint32Array;
  /** By part: the apparent bytes of all distinct blobs that it leads to. */
  readonly bytes: Float64Array;
}

/**
 * @param closureOf returns the closure of a part, which is read before the next call
 * @param kept nodes that are not owned by any part
 */
export function ownersOf(
  { blobs }: Facts,
  parts: number,
  closureOf: (part: number) => Uint32Array,
  kept: Iterable<number> = [],
): OwnerColumn {
  const sizes = blobs.sizes();
  const owner = new Uint32Array(blobs.count);
  const bytes = new Float64Array(parts);
  for (const node of kept) if (node < blobs.count) owner[node] = SHARED;
  for (let part = 0; part < parts; part++) {
    const closure = closureOf(part);
    let sum = 0;
    for (let i = 0; i < closure.length; i++) {
      const node = closure[i]!;
      if (node >= sizes.length) continue;
      sum += sizes[node]!;
      owner[node] = owner[node] === NOBODY ? part + 1 : SHARED;
    }
    bytes[part] = sum;
  }
  return { owner, bytes };
}

/** @returns the apparent bytes owned by each part, from a column of owners */
export function ownedBytes({ blobs }: Facts, owner: Uint32Array, owners: number): Float64Array {
  const sums = new Float64Array(owners);
  let node = 0;
  for (const { size, count } of blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      const part = owner[node]!;
      if (part !== NOBODY && part <= owners) sums[part - 1]! += size[i]!;
    }
  }
  return sums;
}
