/** What each tag holds, and what each age of pushes still needs. Pure. */
import {
  type Facts,
  NO_NODE,
  type Node,
  nodeCount,
  type RepositoryFacts,
} from '../../facts/types.js';
import { rootsOfRepository, unboundRoots } from '../mark/mark.js';
import { type Roots, rootsIn } from '../mark/reachable.js';
import { KEEPS_NONE, Walk } from '../mark/walk.js';
import type { Marks } from '../types.js';
import { claim, ownedBytes } from './usage.js';

export interface TagUsage {
  /** Index into `facts.repositories`. */
  readonly repository: number;
  /** Index into that repository's tags. */
  readonly tag: number;
  /** Of all distinct blobs that it leads to. */
  readonly bytes: number;
  /**
   * What removing this tag alone would free, with its manifest, its children and its referrers
   * where nothing else needs them; 0 where another tag of the repository names the same image.
   */
  readonly uniqueBytes: number;
}

const SHARED = 0xffffffff;

/** Tags by repository and target: those of one image go together. */
interface Image {
  readonly repository: number;
  readonly target: Node;
  readonly tags: number[];
}

/** @returns a row for each tag that can be read, in the order of repositories and tags */
export function tagUsage(facts: Facts, marks: Marks): TagUsage[] {
  const { blobs, manifests } = facts;
  const owner = new Uint32Array(blobs.count);
  const sizes = blobs.sizes();
  const walk = new Walk(manifests, nodeCount(facts), () => true);
  const images = imagesOf(facts);
  const bytes = new Float64Array(images.length);
  const covered = new Map<number, Set<Node>>();
  images.forEach((image, i) => {
    const set = covered.get(image.repository) ?? new Set();
    covered.set(image.repository, set);
    const found = walk.from((visit) => {
      visit(image.target);
    });
    for (const node of found) if (manifests.row(node) >= 0) set.add(node);
    bytes[i] = claim(found, i + 1, owner, sizes);
  });
  for (const node of walk.from(rootsBesideTags(facts, marks, covered))) {
    if (node < blobs.count) owner[node] = SHARED;
  }
  const unique = ownedBytes(facts, owner, images.length);
  return images
    .flatMap(({ repository, tags }, i) =>
      tags.map((tag) => ({
        repository,
        tag,
        bytes: bytes[i]!,
        uniqueBytes: tags.length > 1 ? 0 : unique[i]!,
      })),
    )
    .sort((a, b) => a.repository - b.repository || a.tag - b.tag);
}

function imagesOf({ repositories }: Facts): Image[] {
  return repositories.flatMap(({ tags }, repository) => {
    const images = new Map<Node, Image>();
    tags.target.forEach((target, tag) => {
      if (target === NO_NODE) return;
      const known = images.get(target);
      if (known === undefined) images.set(target, { repository, target, tags: [tag] });
      else known.tags.push(tag);
    });
    return [...images.values()];
  });
}

/** Roots that stay when a tag goes: revisions that no tag of their repository leads to, and all else. */
function rootsBesideTags(
  facts: Facts,
  marks: Marks,
  covered: ReadonlyMap<number, ReadonlySet<Node>>,
): Roots {
  return (visit) => {
    facts.repositories.forEach((repository, i) => {
      const tagged = covered.get(i);
      rootsOfRepository(facts, repository, marks.repositories[i]!, marks.options, (node) => {
        if (tagged?.has(node) !== true) visit(node);
      });
    });
    facts.guesses.forEach(visit);
    unboundRoots(facts, marks.options, visit);
  };
}

export interface AgeGroup {
  /** Pushed less than so many days ago; undefined for all that is older. */
  readonly days: number | undefined;
  readonly tags: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

/**
 * Each blob that is in use, under the newest push of a tag or manifest that needs it: a group is
 * what goes when all that was pushed as long ago, or longer, goes.
 * @param days limits of the groups, ascending
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
