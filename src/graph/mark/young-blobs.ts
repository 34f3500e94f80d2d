/** The age rule: what is younger than the minimum age stays, with all that it refers to. */
import { type Facts, nodeCount } from '../../facts/types.js';
import type { MarkOptions } from '../types.js';
import { Bitset } from './bitset.js';
import { type Keeps, Walk } from './walk.js';

export function isYoung(seconds: number, options: MarkOptions): boolean {
  return seconds > options.now - options.minAge;
}

/** Young blobs that nothing refers to stay for now, with all that they refer to. */
export function markYoung(
  facts: Facts,
  options: MarkOptions,
  reached: Bitset,
  keeps: Keeps,
): Bitset {
  const nodes = nodeCount(facts);
  const young = new Bitset(nodes);
  const walk = new Walk(facts.manifests, nodes, keeps, reached);
  const found = walk.add((visit) => {
    let node = 0;
    for (const { newest, count } of facts.blobs.shards) {
      for (let i = 0; i < count; i++, node++) if (isYoung(newest[i]!, options)) visit(node);
    }
  });
  for (const node of found) young.add(node);
  return young;
}
