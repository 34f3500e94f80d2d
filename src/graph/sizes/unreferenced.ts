/** Which repositories still tell of the blobs that no root leads to. Pure. */
import { tombstonesOf } from '../../facts/tombstones.js';
import { type Facts, type Node, nodeOf } from '../../facts/types.js';
import type { Marks } from '../types.js';

/**
 * A repository tells of a blob by a layer link, a manifest link, a tag's history or the folder of
 * a deleted manifest. Brief facts of a large tree know no history. One pass over the links.
 * @param visit may hear of one blob several times
 */
export function eachUnreferenced(
  facts: Facts,
  { reached }: Pick<Marks, 'reached'>,
  visit: (repository: number, blob: Node) => void,
): void {
  const { count } = facts.blobs;
  const tombstones = tombstonesOf(facts);
  facts.repositories.forEach(({ name, layers, revisions, history }, i) => {
    for (const column of [layers, revisions.node, revisions.target, history.node]) {
      for (const node of column) if (node < count && !reached.has(node)) visit(i, node);
    }
    for (const digest of tombstones.get(name) ?? []) {
      const node = nodeOf(facts, digest) ?? count;
      if (node < count && !reached.has(node)) visit(i, node);
    }
  });
}
