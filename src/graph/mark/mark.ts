/**
 * The mark: computes from the facts and decisions what is reachable, and which links are removed.
 */

import { resolveImageIds } from '../../facts/image-ids.js';
import { BLOB_FLAG } from '../../facts/tables/blob-table.js';
import {
  digestOf,
  type Facts,
  NO_NODE,
  type Node,
  nodeCount,
  nodeOf,
  type RepositoryFacts,
} from '../../facts/types.js';
import { parseDigest } from '../../storage/digest.js';
import { BLOBS, layerPath, revisionPath, tagPath } from '../../storage/layout.js';
import {
  type MarkOptions,
  type Marks,
  NO_REMOVALS,
  type Removal,
  type RepositoryMarks,
} from '../types.js';
import { Bitset } from './bitset.js';
import { type Keeps, Walk } from './follow-references.js';
import { isDamagedOnly, keepReason } from './kept-repositories.js';
import { type Roots, rootsIn, type Visit } from './reachable.js';
import { isRecent, markRecent } from './recent-blobs.js';

/**
 * Marks everything that is reachable from the roots. Costs one pass over all references, and one
 * more for each repository in which revisions were chosen for removal.
 */
export function mark(facts: Facts, options: MarkOptions): Marks {
  const repositories = facts.repositories.map((repository) =>
    decideLinks(facts, repository, options),
  );
  const inUse = resolveImageIds(facts, options.keepDigests);
  const chosenNodes = chosenEverywhere(facts, repositories, options);
  const keeps: Keeps = (referrer) => !chosenNodes.has(referrer);
  const reached = reachedFrom(facts, keeps, [
    ...facts.repositories.map(
      (repository, i): Roots =>
        (visit) => {
          rootsOfRepository(facts, repository, repositories[i]!, options, visit);
        },
    ),
    rootsIn(facts.guesses),
    rootsIn(inUse),
    (visit) => {
      eachImmovable(facts, options, visit);
    },
  ]);
  const recent = markRecent(facts, options, reached, keeps);
  facts.repositories.forEach((repository, i) => {
    keepNeeded(facts, repository, repositories[i]!, options, { reached, recent, inUse });
  });
  return { options, reached, recent, repositories };
}

interface Reach {
  readonly reached: Bitset;
  readonly recent: Bitset;
  readonly inUse: readonly Node[];
}

/** @param roots one part per repository or source, so that the list of visited nodes stays short */
function reachedFrom(facts: Facts, keeps: Keeps, roots: readonly Roots[]): Bitset {
  const walk = new Walk(facts.manifests, nodeCount(facts), keeps);
  for (const part of roots) {
    walk.add(part);
    walk.forget();
  }
  return walk.visited;
}

/** Positions of the revisions that a policy or `rm` chose for removal. */
function chosenRevisions(
  facts: Facts,
  { name, revisions }: RepositoryFacts,
  { removedRevisions }: RepositoryMarks,
  { removals }: MarkOptions,
): number[] {
  const chosen: number[] = [];
  if (removals === NO_REMOVALS) return chosen;
  removedRevisions.forEach((position) => {
    const digest = digestOf(facts, revisions.node[position]!);
    if (removals.revision(name, digest) !== undefined) chosen.push(position);
  });
  return chosen;
}

/** Manifests that were chosen for removal in every repository that links them. */
function chosenEverywhere(
  facts: Facts,
  repositories: readonly RepositoryMarks[],
  options: MarkOptions,
): Set<Node> {
  const everywhere = new Set<Node>();
  const chosen = facts.repositories.map((repository, i) => {
    const positions = chosenRevisions(facts, repository, repositories[i]!, options);
    const nodes = new Set(positions.map((position) => repository.revisions.node[position]!));
    for (const node of nodes) everywhere.add(node);
    return nodes;
  });
  if (everywhere.size === 0) return everywhere;
  facts.repositories.forEach(({ revisions }, i) => {
    for (const node of revisions.node) if (!chosen[i]!.has(node)) everywhere.delete(node);
  });
  return everywhere;
}

/**
 * Keeps revisions that are needed although they are no roots. An untagged one is kept if anything
 * needs it; a chosen one, if something in its own repository or a digest in use does.
 */
function keepNeeded(
  facts: Facts,
  repository: RepositoryFacts,
  marks: RepositoryMarks,
  options: MarkOptions,
  { reached, recent, inUse }: Reach,
): void {
  const { revisions } = repository;
  const keepIf = (position: number, isNeeded: (node: Node) => boolean): void => {
    const needed = isNeeded(revisions.node[position]!) || isNeeded(revisions.target[position]!);
    if (needed) marks.removedRevisions.delete(position);
  };
  const chosen = new Set(chosenRevisions(facts, repository, marks, options));
  marks.removedRevisions.forEach((position) => {
    if (chosen.has(position)) return;
    keepIf(position, (node) => reached.has(node) || recent.has(node));
  });
  if (chosen.size === 0) return;
  const severed = new Set([...chosen].map((position) => revisions.node[position]!));
  const own = reachedFrom(facts, (referrer) => !severed.has(referrer), [
    rootsIn(inUse),
    (visit) => {
      rootsOfRepository(facts, repository, marks, options, visit);
    },
  ]);
  for (const position of chosen) keepIf(position, (node) => own.has(node));
}

/**
 * Decides which tags are removed, and which revisions are no roots. `keepNeeded` decides later
 * which of these revisions are kept.
 */
function decideLinks(
  facts: Facts,
  repository: RepositoryFacts,
  options: MarkOptions,
): RepositoryMarks {
  const { name, tags, revisions } = repository;
  const { removals, kinds, deleteUntagged } = options;
  const removedTags = new Bitset(tags.names.length);
  const removedRevisions = new Bitset(revisions.node.length);
  const marks = { removedTags, removedRevisions };
  if (!deleteUntagged && removals === NO_REMOVALS) return marks;
  const isKept = keepReason(repository, options) !== undefined;
  if (isKept && !isDamagedOnly(repository, options)) return marks;
  const fits = (removal: Removal | undefined): boolean =>
    removal !== undefined && (!isKept || removal.damaged === true);
  const pinned = (path: string): boolean => options.pinnedPaths?.has(path) ?? false;
  if (kinds.has('tag') && removals !== NO_REMOVALS) {
    tags.names.forEach((tag, i) => {
      const isRemoved = fits(removals.tag(name, tag));
      if (isRemoved && !pinned(tagPath(name, tag))) removedTags.add(i);
    });
  }
  if (!kinds.has('revision')) return marks;
  const hasDecisions = removals !== NO_REMOVALS || hasPinned(options);
  for (let i = 0; i < revisions.node.length; i++) {
    const untagged = !isKept && deleteUntagged && !isRecent(revisions.newest[i]!, options);
    if (!hasDecisions) {
      if (untagged) removedRevisions.add(i);
      continue;
    }
    const digest = digestOf(facts, revisions.node[i]!);
    const chosen = fits(removals.revision(name, digest));
    if ((chosen || untagged) && !pinned(revisionPath(name, digest))) removedRevisions.add(i);
  }
  return marks;
}

const hasPinned = ({ pinnedPaths }: MarkOptions): boolean =>
  pinnedPaths !== undefined && pinnedPaths.size > 0;

/**
 * Visits the roots of a repository: the tags and revisions that are kept. If the repository or its
 * layer links are kept as they are, its layer links too.
 */
export function rootsOfRepository(
  facts: Facts,
  repository: RepositoryFacts,
  marks: RepositoryMarks,
  options: MarkOptions,
  visit: Visit,
): void {
  const { name, tags, revisions, layers } = repository;
  for (let i = 0; i < tags.target.length; i++) {
    if (tags.target[i] !== NO_NODE && !marks.removedTags.has(i)) visit(tags.target[i]!);
  }
  for (let i = 0; i < revisions.node.length; i++) {
    if (marks.removedRevisions.has(i)) continue;
    visit(revisions.node[i]!);
    visit(revisions.target[i]!);
  }
  if (keepReason(repository, options) !== undefined || !options.kinds.has('layer-link')) {
    layers.forEach((node) => {
      visit(node);
    });
  } else if (hasPinned(options)) {
    for (const node of layers) {
      if (options.pinnedPaths!.has(layerPath(name, digestOf(facts, node)))) visit(node);
    }
  }
}

/**
 * Visits the roots that belong to no repository: digests in use, and blobs that can't be removed.
 */
export function unboundRoots(facts: Facts, options: MarkOptions, visit: Visit): void {
  resolveImageIds(facts, options.keepDigests).forEach(visit);
  eachImmovable(facts, options, visit);
}

/**
 * Visits pinned blobs (the executor could not move them, or a reviewed plan does not list them),
 * and immovable blobs.
 */
function eachImmovable(facts: Facts, options: MarkOptions, visit: Visit): void {
  for (const path of options.pinnedPaths ?? []) {
    const [top, algorithm, , hex] = path.split('/');
    const digest = top === BLOBS ? parseDigest(`${algorithm}:${hex}`) : undefined;
    const node = digest === undefined ? undefined : nodeOf(facts, digest);
    if (node !== undefined) visit(node);
  }
  if (options.asIfMovable === true) return;
  let node = 0;
  for (const { flags, count } of facts.blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      if ((flags[i]! & BLOB_FLAG.immovable) !== 0) visit(node);
    }
  }
}
