/** What each repository holds, alone and with others, in one pass over the marks. */
import { type Facts, NO_NODE, type Node, nodeCount } from '../../facts/types.js';
import { Bitset } from '../mark/bitset.js';
import { rootsOfRepository, unboundRoots } from '../mark/mark.js';
import { KEEPS_NONE, type Keeps, Walk } from '../mark/walk.js';
import type { Marks, RepositoryUsage } from '../types.js';

const NOBODY = 0;
const SHARED = 0xffffffff;

/** @returns usage in the order of `facts.repositories` */
export function usage(facts: Facts, marks: Marks): RepositoryUsage[] {
  const { blobs } = facts;
  /** Per blob: nobody, one repository's number from 1, or shared. */
  const owner = new Uint32Array(blobs.count);
  const bytes = new Float64Array(facts.repositories.length);
  const sizes = blobs.sizes();
  const walk = new Walk(facts.manifests, nodeCount(facts), keepsReferrers(marks));
  const unbound = walk.from((visit) => {
    unboundRoots(facts, marks.options, visit);
    facts.guesses.forEach(visit);
  });
  for (const node of unbound) if (node < blobs.count) owner[node] = SHARED;
  facts.repositories.forEach((repository, i) => {
    const found = walk.from((visit) => {
      rootsOfRepository(facts, repository, marks.repositories[i]!, marks.options, visit);
    });
    bytes[i] = claim(found, i + 1, owner, sizes);
  });
  const unique = ownedBytes(facts, owner, facts.repositories.length);
  const untagged = untaggedManifests(facts, nodeCount(facts));
  return facts.repositories.map((_, i) => ({
    bytes: bytes[i]!,
    uniqueBytes: unique[i]!,
    sharedBytes: bytes[i]! - unique[i]!,
    untaggedManifests: untagged[i]!,
  }));
}

/** Referrers are roots of their own, unless untagged manifests go. */
function keepsReferrers({ options, reached }: Marks): Keeps {
  return options.deleteUntagged ? (referrer) => reached.has(referrer) : KEEPS_NONE;
}

/**
 * Writes down who leads to the blobs in a closure.
 * @returns their apparent bytes
 */
export function claim(
  closure: Uint32Array,
  who: number,
  owner: Uint32Array,
  sizes: Float64Array,
): number {
  let bytes = 0;
  for (let i = 0; i < closure.length; i++) {
    const node = closure[i]!;
    if (node >= sizes.length) continue;
    bytes += sizes[node]!;
    owner[node] = owner[node] === NOBODY ? who : SHARED;
  }
  return bytes;
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

/** Manifests of each repository that no tag of it leads to. */
function untaggedManifests({ repositories, manifests }: Facts, nodes: number): number[] {
  const tagged = new Bitset(nodes);
  return repositories.map(({ tags, revisions }) => {
    const found: Node[] = [];
    const visit = (node: Node): void => {
      if (manifests.row(node) >= 0 && tagged.insert(node)) found.push(node);
    };
    for (const node of tags.target) if (node !== NO_NODE) visit(node);
    for (let i = 0; i < found.length; i++) manifests.eachReference(found[i]!, visit);
    let count = 0;
    for (const node of revisions.node) if (!tagged.has(node)) count += 1;
    for (const node of found) tagged.delete(node);
    return count;
  });
}
