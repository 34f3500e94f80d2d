/** Garbage that is kept because it, or a link to it, can't be moved. Pure. */
import { BLOB_FLAG } from '../../facts/tables/blob-table.js';
import { type Facts, nodeCount } from '../../facts/types.js';
import type { Marks } from '../types.js';
import { Bitset } from './bitset.js';
import { mark } from './mark.js';

/**
 * Marks again as if everything could be moved. Costs nothing for a tree without symbolic links,
 * mounts and other filesystems.
 * @returns the nodes that only such places keep; undefined if no blob is among them
 */
export function immovableGarbage(facts: Facts, marks: Marks): Bitset | undefined {
  if (!hasImmovable(facts)) return undefined;
  const { pinnedPaths: _, ...options } = marks.options;
  const movable = mark(facts, { ...options, asIfMovable: true });
  const found = new Bitset(nodeCount(facts));
  let some = false;
  for (const node of marks.reached) {
    if (movable.reached.has(node) || movable.recent.has(node)) continue;
    found.add(node);
    some ||= node < facts.blobs.count;
  }
  return some ? found : undefined;
}

function hasImmovable({ blobs, repositories, linked }: Facts): boolean {
  if (!linked.isEmpty || repositories.some(({ immovable }) => immovable !== undefined)) return true;
  return blobs.shards.some(({ flags }) => flags.some((flag) => (flag & BLOB_FLAG.immovable) !== 0));
}
