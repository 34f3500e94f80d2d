/** Sizes of the garbage that only one repository still names. Pure. */
import { BLOB_FLAG } from '../../facts/tables/blob-table.js';
import type { Facts } from '../../facts/types.js';
import type { Marks } from '../types.js';
import { NOBODY, SHARED } from './owner-column.js';
import { eachUnreferenced } from './unreferenced.js';

export interface RepositoryGarbage {
  /** Apparent bytes, in the order of `facts.repositories`. */
  readonly bytes: Float64Array;
  /**
   * Allocated bytes. A file counts only if all its names (hard links) are garbage of this
   * repository.
   */
  readonly diskBytes: Float64Array;
}

export function garbageByRepository(facts: Facts, marks: Marks): RepositoryGarbage {
  const owner = new Uint32Array(facts.blobs.count);
  eachUnreferenced(facts, marks, (i, node) => {
    if (marks.recent.has(node)) return;
    const before = owner[node];
    if (before !== i + 1) owner[node] = before === NOBODY ? i + 1 : SHARED;
  });
  return sums(facts, owner);
}

function sums({ blobs, repositories, hardLinks }: Facts, owner: Uint32Array): RepositoryGarbage {
  const bytes = new Float64Array(repositories.length);
  const diskBytes = new Float64Array(repositories.length);
  const names = new Map<string, number>();
  let node = 0;
  for (const { size, blocks, flags, count } of blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      const part = owner[node]!;
      if (part === NOBODY || part === SHARED) continue;
      bytes[part - 1]! += size[i]!;
      if ((flags[i]! & BLOB_FLAG.hardLinked) !== 0) {
        const link = hardLinks.get(node)!;
        const key = `${part} ${link.file}`;
        const seen = (names.get(key) ?? 0) + 1;
        names.set(key, seen);
        if (seen < link.names) continue;
      }
      diskBytes[part - 1]! += blocks[i]! * 512;
    }
  }
  return { bytes, diskBytes };
}
