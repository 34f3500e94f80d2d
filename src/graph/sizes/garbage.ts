/** What is garbage now, by the only repository that still tells of it. Pure. */
import { BLOB_FLAG } from '../../facts/tables/blob-table.js';
import { tombstonesOf } from '../../facts/tombstones.js';
import { type Facts, type Node, nodeOf, type RepositoryFacts } from '../../facts/types.js';
import type { Marks } from '../types.js';

const NOBODY = 0;
const SEVERAL = 0xffffffff;

export interface RepositoryGarbage {
  /** Apparent, in the order of `facts.repositories`. */
  readonly bytes: Float64Array;
  /** Allocated. A file with another name that is not this repository's garbage adds nothing. */
  readonly diskBytes: Float64Array;
}

/**
 * A repository tells of a blob by a layer link, a manifest link, a tag's history or the folder of
 * a deleted manifest. Brief facts of a large tree know no history. One pass over the links.
 */
export function garbageByRepository(facts: Facts, marks: Marks): RepositoryGarbage {
  const { blobs, repositories } = facts;
  const owner = new Uint32Array(blobs.count);
  const isGarbage = (node: Node): boolean =>
    node < blobs.count && !marks.reached.has(node) && !marks.recent.has(node);
  const tombstones = tombstonesOf(facts);
  repositories.forEach((repository, i) => {
    const claim = (node: Node): void => {
      if (!isGarbage(node)) return;
      const before = owner[node];
      if (before !== i + 1) owner[node] = before === NOBODY ? i + 1 : SEVERAL;
    };
    for (const column of namedBy(repository)) for (const node of column) claim(node);
    for (const digest of tombstones.get(repository.name) ?? []) {
      claim(nodeOf(facts, digest) ?? blobs.count);
    }
  });
  return sums(facts, owner);
}

const namedBy = ({ layers, revisions, history }: RepositoryFacts): Uint32Array[] => [
  layers,
  revisions.node,
  revisions.target,
  history.node,
];

function sums({ blobs, repositories, hardLinks }: Facts, owner: Uint32Array): RepositoryGarbage {
  const bytes = new Float64Array(repositories.length);
  const diskBytes = new Float64Array(repositories.length);
  const names = new Map<string, number>();
  let node = 0;
  for (const { size, blocks, flags, count } of blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      const who = owner[node]!;
      if (who === NOBODY || who === SEVERAL) continue;
      bytes[who - 1]! += size[i]!;
      if ((flags[i]! & BLOB_FLAG.hardLinked) !== 0) {
        const link = hardLinks.get(node)!;
        const key = `${who} ${link.file}`;
        const seen = (names.get(key) ?? 0) + 1;
        names.set(key, seen);
        if (seen < link.names) continue;
      }
      diskBytes[who - 1]! += blocks[i]! * 512;
    }
  }
  return { bytes, diskBytes };
}
