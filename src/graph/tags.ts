/** What each tag holds, and what each age of pushes still needs. Pure. */
import { type Facts, NO_NODE, type Node, nodeCount, type RepositoryFacts } from '../facts/types.js';
import { Bitset } from './bitset.js';
import { rootsOfRepository, unboundRoots } from './mark.js';
import { reachable } from './reachable.js';
import type { Marks } from './types.js';

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

const NOBODY = 0;
const SHARED = 0xffffffff;

/** Tags by repository and target: those of one image go together. */
interface Image {
  readonly repository: number;
  readonly target: Node;
  readonly tags: number[];
}

/** @returns a row for each tag that can be read, in the order of repositories and tags */
export function tagUsage(facts: Facts, marks: Marks): TagUsage[] {
  const { blobs } = facts;
  const owner = new Uint32Array(blobs.count);
  const closures = new Closures(facts);
  const images = imagesOf(facts);
  const bytes = new Float64Array(images.length);
  const covered = new Map<number, Set<Node>>();
  images.forEach((image, i) => {
    const set = covered.get(image.repository) ?? new Set();
    covered.set(image.repository, set);
    for (const node of closures.of([image.target])) {
      if (facts.manifests.row(node) >= 0) set.add(node);
      if (node >= blobs.count) continue;
      bytes[i]! += blobs.size(node);
      owner[node] = owner[node] === NOBODY ? i + 1 : SHARED;
    }
  });
  for (const node of closures.of(rootsBesideTags(facts, marks, covered))) {
    if (node < blobs.count) owner[node] = SHARED;
  }
  const unique = new Float64Array(images.length);
  owner.forEach((who, node) => {
    if (who !== NOBODY && who !== SHARED) unique[who - 1]! += blobs.size(node);
  });
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
function* rootsBesideTags(
  facts: Facts,
  marks: Marks,
  covered: ReadonlyMap<number, ReadonlySet<Node>>,
): Generator<Node> {
  for (let i = 0; i < facts.repositories.length; i++) {
    const repository = facts.repositories[i]!;
    const tagged = covered.get(i);
    for (const node of rootsOfRepository(
      facts,
      repository,
      marks.repositories[i]!,
      marks.options,
    )) {
      if (tagged?.has(node) !== true) yield node;
    }
  }
  yield* facts.guesses;
  yield* unboundRoots(facts, marks.options);
}

/** Closures one after the other over one bitset, which what was found clears again. */
class Closures {
  readonly #visited: Bitset;

  constructor(private readonly facts: Facts) {
    this.#visited = new Bitset(nodeCount(facts));
  }

  of(roots: Iterable<Node>): Node[] {
    const { manifests } = this.facts;
    const found: Node[] = [];
    reachable(this.#visited, roots, (node) => {
      found.push(node);
      const down = manifests.references(node);
      const up = manifests.referrersOf(node);
      return up.length === 0 ? down : [...down, ...up];
    });
    for (const node of found) this.#visited.delete(node);
    return found;
  }
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
    const found = days.findIndex((limit) => now - seconds < limit * 86_400);
    return found < 0 ? days.length : found;
  };
  const roots = limits.map(() => [] as Node[]);
  facts.repositories.forEach((repository, i) => {
    noteRoots(repository, marks, i, (node, seconds, isTag) => {
      const group = groupOf(seconds);
      roots[group]!.push(node);
      if (isTag) groups[group]!.tags += 1;
    });
  });
  const seen = new Bitset(nodeCount(facts));
  groups.forEach((group, i) => {
    reachable(seen, roots[i]!, (node) => {
      if (node < blobs.count) {
        group.blobs += 1;
        group.bytes += blobs.size(node);
        group.diskBytes += blobs.diskBytes(node);
      }
      return manifests.references(node);
    });
  });
  return groups;
}

function noteRoots(
  { tags, revisions }: RepositoryFacts,
  { repositories }: Marks,
  index: number,
  note: (node: Node, seconds: number, isTag: boolean) => void,
): void {
  const { removedTags, removedRevisions } = repositories[index]!;
  tags.target.forEach((node, i) => {
    if (node !== NO_NODE && !removedTags.has(i)) note(node, tags.changed[i]!, true);
  });
  revisions.node.forEach((node, i) => {
    if (!removedRevisions.has(i)) note(node, revisions.pushed[i]!, false);
  });
}
