/** Which of some parts alone leads to each blob, in one pass over what each leads to. Pure. */
import type { Facts } from '../../facts/types.js';

/** Values of the column besides the number of a part, from 1. */
export const NOBODY = 0;
export const SHARED = 0xffffffff;

export interface OwnerColumn {
  /** By blob. */
  readonly owner: Uint32Array;
  /** By part, apparent: all distinct blobs that it leads to. */
  readonly bytes: Float64Array;
}

/**
 * @param closureOf each list is read before the next is asked for
 * @param kept what more than the parts hold
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

/** Sums of sizes by owner, from a column of owners counted from 1. */
export function ownedBytes({ blobs }: Facts, owner: Uint32Array, owners: number): Float64Array {
  const sums = new Float64Array(owners);
  let node = 0;
  for (const { size, count } of blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      const who = owner[node]!;
      if (who !== NOBODY && who <= owners) sums[who - 1]! += size[i]!;
    }
  }
  return sums;
}
