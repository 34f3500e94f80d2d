/** Sizes of repositories: total, unique and shared. */
import { type Facts, NO_NODE, nodeCount } from '../../facts/types.js';
import { KEEPS_NONE, Walk } from '../mark/follow-references.js';
import type { Marks, RepositoryUsage } from '../types.js';
import { Closures } from './closures.js';
import { ownedBytes, ownersOf } from './owner-column.js';

/** @returns sizes in the order of `facts.repositories` */
export function usage(facts: Facts, marks: Marks): RepositoryUsage[] {
  const count = facts.repositories.length;
  const closures = new Closures(facts, marks);
  const { owner, bytes } = ownersOf(facts, count, (i) => closures.of(i), closures.ofUnbound());
  const unique = ownedBytes(facts, owner, count);
  const untagged = untaggedManifests(facts);
  return facts.repositories.map((_, i) => ({
    bytes: bytes[i]!,
    uniqueBytes: unique[i]!,
    sharedBytes: bytes[i]! - unique[i]!,
    untaggedManifests: untagged[i]!,
  }));
}

/** Counts the manifests of each repository that none of its tags leads to. */
function untaggedManifests(facts: Facts): number[] {
  const walk = new Walk(facts.manifests, nodeCount(facts), KEEPS_NONE);
  return facts.repositories.map(({ tags, revisions }) => {
    walk.from((visit) => {
      for (const node of tags.target) if (node !== NO_NODE) visit(node);
    });
    return revisions.node.reduce((count, node) => count + (walk.visited.has(node) ? 0 : 1), 0);
  });
}
