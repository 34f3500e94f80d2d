/** Finds the repositories that name blobs which no root leads to. Pure. */
import { tombstonesOf } from '../../facts/tombstones.js';
import { type Facts, type Node, nodeOf } from '../../facts/types.js';
import type { Marks } from '../types.js';

/**
 * Visits each unreachable blob that a repository names by a layer link, a revision, a tag's history
 * or a tombstone. Brief facts have no tag history. Costs one pass over the links.
 * @param visit may be called several times for one blob
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
