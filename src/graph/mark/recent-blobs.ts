/** The age rule: recent blobs are kept, with everything that they refer to. */
import { type Facts, nodeCount } from '../../facts/types.js';
import type { MarkOptions } from '../types.js';
import { Bitset } from './bitset.js';
import { type Keeps, Walk } from './follow-references.js';

/**
 * @returns whether a time is within the minimum age. A time in the future is recent, and so is an
 *   unknown one (0xffffffff)
 */
export function isRecent(seconds: number, options: MarkOptions): boolean {
  return seconds > options.now - options.minAge;
}

/**
 * Marks recent blobs that nothing refers to, and everything that they refer to.
 * @returns the nodes that are not in `reached`
 */
export function markRecent(
  facts: Facts,
  options: MarkOptions,
  reached: Bitset,
  keeps: Keeps,
): Bitset {
  const nodes = nodeCount(facts);
  const recent = new Bitset(nodes);
  const walk = new Walk(facts.manifests, nodes, keeps, reached);
  const found = walk.add((visit) => {
    let node = 0;
    for (const { newest, count } of facts.blobs.shards) {
      for (let i = 0; i < count; i++, node++) if (isRecent(newest[i]!, options)) visit(node);
    }
  });
  for (const node of found) recent.add(node);
  return recent;
}
