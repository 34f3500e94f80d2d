/** Sizes of tags, and of the blobs in use by the age of their last push. Pure. */
import {
  type Facts,
  NO_NODE,
  type Node,
  nodeCount,
  type RepositoryFacts,
} from '../../facts/types.js';
import { KEEPS_NONE, Walk } from '../mark/follow-references.js';
import { rootsIn } from '../mark/reachable.js';
import type { Marks } from '../types.js';
import { ownedBytes } from './owner-column.js';
import { PART, reachedOwners } from './owners.js';

export interface TagUsage {
  /** Index into `facts.repositories`. */
  readonly repository: number;
  /** Index into that repository's tags. */
  readonly tag: number;
  /** Apparent bytes of all distinct blobs that it leads to. */
  readonly bytes: number;
  /**
   * What removing only this tag would free, with its manifest, children and referrers if nothing
   * else needs them. 0 if another tag of the repository points to the same manifest.
   */
  readonly uniqueBytes: number;
}

/** @returns a row for each readable tag, in the order of repositories and tags */
export function tagUsage(facts: Facts, marks: Marks): TagUsage[] {
  const { owner, starts, reach } = reachedOwners(facts, marks);
  const unique = ownedBytes(facts, owner, reach.length);
  return facts.repositories.flatMap(({ tags }, repository) =>
    [...tags.target].flatMap((target, tag) => {
      const part = starts[repository]! + PART.firstTag + tag;
      if (target === NO_NODE) return [];
      return { repository, tag, bytes: reach[part]!, uniqueBytes: unique[part]! };
    }),
  );
}

export interface AgeGroup {
  /** Pushed less than this number of days ago; undefined for everything older. */
  readonly days: number | undefined;
  readonly tags: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

/**
 * Assigns each blob in use to the latest push of a tag or manifest that needs it. A group is what
 * would be freed if everything pushed at that time or earlier was removed.
 * @param days upper limits of the groups, ascending
 * @param now seconds since 1970
 */
export function ageGroups(
  facts: Facts,
  marks: Marks,
  days: readonly number[],
  now: number,
): AgeGroup[] {
  const { blobs, manifests } = facts;
  const limits = [...days, undefined];
  const groups = limits.map((limit) => ({
    days: limit,
    tags: 0,
    blobs: 0,
    bytes: 0,
    diskBytes: 0,
  }));
  const groupOf = (seconds: number): number => {
    let i = 0;
    while (i < days.length && now - seconds >= days[i]! * 86_400) i += 1;
    return i;
  };
  const roots = limits.map(() => [] as Node[]);
  facts.repositories.forEach((repository, i) => {
    noteRoots(repository, marks, i, (node, seconds, isTag) => {
      const group = groupOf(seconds);
      roots[group]!.push(node);
      if (isTag) groups[group]!.tags += 1;
    });
  });
  const walk = new Walk(manifests, nodeCount(facts), KEEPS_NONE);
  const group = new Uint8Array(blobs.count).fill(NO_GROUP);
  roots.forEach((nodes, i) => {
    for (const node of walk.add(rootsIn(nodes))) if (node < group.length) group[node] = i;
  });
  let node = 0;
  for (const { size, blocks, count } of blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      if (group[node] === NO_GROUP) continue;
      const sums = groups[group[node]!]!;
      sums.blobs += 1;
      sums.bytes += size[i]!;
      sums.diskBytes += blocks[i]! * 512;
    }
  }
  return groups;
}

const NO_GROUP = 0xff;

function noteRoots(
  { tags, revisions }: RepositoryFacts,
  { repositories }: Marks,
  index: number,
  note: (node: Node, seconds: number, isTag: boolean) => void,
): void {
  const { removedTags, removedRevisions } = repositories[index]!;
  for (let i = 0; i < tags.target.length; i++) {
    const node = tags.target[i]!;
    if (node !== NO_NODE && !removedTags.has(i)) note(node, tags.changed[i]!, true);
  }
  for (let i = 0; i < revisions.node.length; i++) {
    if (!removedRevisions.has(i)) note(revisions.node[i]!, revisions.pushed[i]!, false);
  }
}
