/** MARK: facts and decisions → what is reachable, and which links go. */
import { BLOB_FLAG } from '../facts/blobs.js';
import {
  digestOf,
  type Facts,
  NO_NODE,
  type Node,
  nodeCount,
  nodeOf,
  type RepositoryFacts,
} from '../facts/types.js';
import { layerPath, revisionPath, tagPath } from '../storage/layout.js';
import { Bitset } from './bitset.js';
import { reachable } from './reachable.js';
import type { MarkOptions, Marks, RepositoryMarks } from './types.js';

export function mark(facts: Facts, options: MarkOptions): Marks {
  const severed = new Set<Node>();
  const repositories = facts.repositories.map((repository) =>
    decideLinks(facts, repository, options, severed),
  );
  const { manifests } = facts;
  const references = (node: Node): ArrayLike<number> => {
    const down = manifests.references(node);
    const up = manifests.referrersOf(node);
    if (up.length === 0) return down;
    return [...down, ...up.filter((referrer) => !severed.has(referrer))];
  };
  const reached = reachable(
    new Bitset(nodeCount(facts)),
    roots(facts, repositories, options),
    references,
  );
  const young = markYoung(facts, options, reached, references);
  facts.repositories.forEach((repository, i) => {
    keepNeeded(facts, repository, repositories[i]!, options, { reached, young, references });
  });
  return { options, reached, young, repositories };
}

interface Reach {
  readonly reached: Bitset;
  readonly young: Bitset;
  readonly references: (node: Node) => ArrayLike<number>;
}

/**
 * Of the revisions that are no roots, those stay that something needs: whatever it is, for an
 * untagged one; something in its own repository, for one that was chosen to go.
 */
function keepNeeded(
  facts: Facts,
  repository: RepositoryFacts,
  marks: RepositoryMarks,
  options: MarkOptions,
  { reached, young, references }: Reach,
): void {
  const { name, revisions } = repository;
  const isChosen = (position: number): boolean =>
    options.removals.revision(name, digestOf(facts, revisions.node[position]!)) !== undefined;
  const keepAll = (positions: readonly number[], isNeeded: (node: Node) => boolean): void => {
    for (const position of positions) {
      const needed = isNeeded(revisions.node[position]!) || isNeeded(revisions.target[position]!);
      if (needed) marks.removedRevisions.delete(position);
    }
  };
  const chosen = [...marks.removedRevisions].filter(isChosen);
  const untagged = [...marks.removedRevisions].filter((position) => !isChosen(position));
  keepAll(untagged, (node) => reached.has(node) || young.has(node));
  if (chosen.length === 0) return;
  const roots = rootsOfRepository(facts, repository, marks, options);
  const own = reachable(new Bitset(nodeCount(facts)), roots, references);
  keepAll(chosen, (node) => own.has(node));
}

/** Why a run may take nothing out of a repository; undefined where it may. */
export function whyWhole(repository: RepositoryFacts, options: MarkOptions): string | undefined {
  if (repository.keptWhole !== undefined) return repository.keptWhole;
  if (repository.immovable !== undefined) return repository.immovable;
  if (!options.inScope(repository.name)) return 'not in the scope of this run';
  return isTagless(repository, options) ? 'it has manifests but no tag' : undefined;
}

export function isTagless(repository: RepositoryFacts, options: MarkOptions): boolean {
  const { deleteUntagged, allowTagless } = options;
  if (!deleteUntagged || allowTagless) return false;
  return repository.tags.names.length === 0 && repository.revisions.node.length > 0;
}

export function isYoung(seconds: number, options: MarkOptions): boolean {
  return seconds > options.now - options.minAge;
}

/** Tags that go, and revisions that are no roots: whether those go the mark decides. */
function decideLinks(
  facts: Facts,
  repository: RepositoryFacts,
  options: MarkOptions,
  severed: Set<Node>,
): RepositoryMarks {
  const { name, tags, revisions } = repository;
  const removedTags = new Bitset(tags.names.length);
  const removedRevisions = new Bitset(revisions.node.length);
  const marks = { removedTags, removedRevisions };
  if (whyWhole(repository, options) !== undefined) return marks;
  const pinned = (path: string): boolean => options.pinnedPaths?.has(path) ?? false;
  if (options.kinds.has('tag')) {
    tags.names.forEach((tag, i) => {
      const goes = options.removals.tag(name, tag) !== undefined;
      if (goes && !pinned(tagPath(name, tag))) removedTags.add(i);
    });
  }
  if (!options.kinds.has('revision')) return marks;
  for (let i = 0; i < revisions.node.length; i++) {
    const digest = digestOf(facts, revisions.node[i]!);
    const chosen = options.removals.revision(name, digest) !== undefined;
    const untagged = options.deleteUntagged && !isYoung(revisions.newest[i]!, options);
    if ((!chosen && !untagged) || pinned(revisionPath(name, digest))) continue;
    removedRevisions.add(i);
    if (chosen) severed.add(revisions.node[i]!);
  }
  return marks;
}

function* roots(
  facts: Facts,
  repositories: readonly RepositoryMarks[],
  options: MarkOptions,
): Generator<Node> {
  for (let i = 0; i < repositories.length; i++) {
    yield* rootsOfRepository(facts, facts.repositories[i]!, repositories[i]!, options);
  }
  yield* facts.guesses;
  yield* unboundRoots(facts, options);
}

/** What a repository keeps alive: tags and revisions that stay, and layer links that must. */
export function* rootsOfRepository(
  facts: Facts,
  repository: RepositoryFacts,
  marks: RepositoryMarks,
  options: MarkOptions,
): Generator<Node> {
  const { name, tags, revisions, layers } = repository;
  for (let i = 0; i < tags.target.length; i++) {
    if (tags.target[i] !== NO_NODE && !marks.removedTags.has(i)) yield tags.target[i]!;
  }
  for (let i = 0; i < revisions.node.length; i++) {
    if (marks.removedRevisions.has(i)) continue;
    yield revisions.node[i]!;
    yield revisions.target[i]!;
  }
  if (whyWhole(repository, options) !== undefined || !options.kinds.has('layer-link')) {
    yield* layers;
  } else if (options.pinnedPaths !== undefined && options.pinnedPaths.size > 0) {
    for (const node of layers) {
      if (options.pinnedPaths.has(layerPath(name, digestOf(facts, node)))) yield node;
    }
  }
}

/** Roots that belong to no repository: digests in use elsewhere, and blobs that can't be removed. */
export function* unboundRoots(facts: Facts, options: MarkOptions): Generator<Node> {
  for (const digest of options.keepDigests) {
    const node = nodeOf(facts, digest);
    if (node !== undefined) yield node;
  }
  let node = 0;
  for (const { flags, count } of facts.blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      if ((flags[i]! & BLOB_FLAG.immovable) !== 0) yield node;
    }
  }
}

/** Young blobs that nothing refers to stay for now, with all that they refer to. */
function markYoung(
  facts: Facts,
  options: MarkOptions,
  reached: Bitset,
  references: (node: Node) => ArrayLike<number>,
): Bitset {
  const young = new Bitset(nodeCount(facts));
  const starts: Node[] = [];
  let node = 0;
  for (const { newest, count } of facts.blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      if (!reached.has(node) && isYoung(newest[i]!, options)) starts.push(node);
    }
  }
  const beyond = (from: Node): number[] =>
    Array.from(references(from)).filter((to) => !reached.has(to));
  return reachable(young, starts, beyond);
}
