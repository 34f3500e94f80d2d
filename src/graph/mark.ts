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
import { parseDigest } from '../storage/digest.js';
import { BLOBS, layerPath, revisionPath, tagPath } from '../storage/layout.js';
import { Bitset } from './bitset.js';
import { reachable } from './reachable.js';
import type { MarkOptions, Marks, Removal, RepositoryMarks } from './types.js';

export function mark(facts: Facts, options: MarkOptions): Marks {
  const repositories = facts.repositories.map((repository) =>
    decideLinks(facts, repository, options),
  );
  const references = following(facts, chosenEverywhere(facts, repositories, options));
  const reached = reachable(
    new Bitset(nodeCount(facts)),
    roots(facts, repositories, options),
    references,
  );
  const young = markYoung(facts, options, reached, references);
  facts.repositories.forEach((repository, i) => {
    keepNeeded(facts, repository, repositories[i]!, options, { reached, young });
  });
  return { options, reached, young, repositories };
}

interface Reach {
  readonly reached: Bitset;
  readonly young: Bitset;
}

/** References down, and up to referrers, save for those that were chosen to go. */
function following(
  { manifests }: Facts,
  severed: ReadonlySet<Node>,
): (node: Node) => ArrayLike<number> {
  return (node) => {
    const down = manifests.references(node);
    const up = manifests.referrersOf(node);
    if (up.length === 0) return down;
    return [...down, ...up.filter((referrer) => !severed.has(referrer))];
  };
}

/** Positions of revisions that were chosen to go. */
function chosenIn(
  facts: Facts,
  { name, revisions }: RepositoryFacts,
  { removedRevisions }: RepositoryMarks,
  { removals }: MarkOptions,
): number[] {
  return [...removedRevisions].filter((position) => {
    const digest = digestOf(facts, revisions.node[position]!);
    return removals.revision(name, digest) !== undefined;
  });
}

/** Manifests that were chosen to go wherever they are linked. */
function chosenEverywhere(
  facts: Facts,
  repositories: readonly RepositoryMarks[],
  options: MarkOptions,
): Set<Node> {
  const chosen = facts.repositories.map((repository, i) => {
    const positions = chosenIn(facts, repository, repositories[i]!, options);
    return new Set(positions.map((position) => repository.revisions.node[position]!));
  });
  const everywhere = new Set(chosen.flatMap((nodes) => [...nodes]));
  if (everywhere.size === 0) return everywhere;
  facts.repositories.forEach(({ revisions }, i) => {
    for (const node of revisions.node) if (!chosen[i]!.has(node)) everywhere.delete(node);
  });
  return everywhere;
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
  { reached, young }: Reach,
): void {
  const { revisions } = repository;
  const keepAll = (positions: readonly number[], isNeeded: (node: Node) => boolean): void => {
    for (const position of positions) {
      const needed = isNeeded(revisions.node[position]!) || isNeeded(revisions.target[position]!);
      if (needed) marks.removedRevisions.delete(position);
    }
  };
  const chosen = new Set(chosenIn(facts, repository, marks, options));
  const untagged = [...marks.removedRevisions].filter((position) => !chosen.has(position));
  keepAll(untagged, (node) => reached.has(node) || young.has(node));
  if (chosen.size === 0) return;
  const severed = new Set([...chosen].map((position) => revisions.node[position]!));
  const own = new Bitset(nodeCount(facts));
  reachable(own, digestsInUse(facts, options), following(facts, severed));
  reachable(own, rootsOfRepository(facts, repository, marks, options), following(facts, severed));
  keepAll([...chosen], (node) => own.has(node));
}

/**
 * Why a run may take nothing out of a repository; undefined where it may. Damage doesn't keep one
 * that goes as a whole: what can't be read there was only ever served from there.
 */
export function whyWhole(repository: RepositoryFacts, options: MarkOptions): string | undefined {
  const named = goesWhole(repository, options);
  if (repository.keptWhole !== undefined && !named) return repository.keptWhole;
  if (repository.immovable !== undefined) return repository.immovable;
  if (!options.inScope(repository.name)) return 'not in the scope of this run';
  if (named) return undefined;
  return isTagless(repository, options) ? 'it has manifests but no tag' : undefined;
}

export function goesWhole({ name }: RepositoryFacts, { removals }: MarkOptions): boolean {
  return removals.repository?.(name) !== undefined;
}

/** Only damage keeps it, so that the damage itself may go. */
function isDamagedOnly(repository: RepositoryFacts, options: MarkOptions): boolean {
  const movable = repository.immovable === undefined && options.inScope(repository.name);
  return movable && repository.keptWhole !== undefined;
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
): RepositoryMarks {
  const { name, tags, revisions } = repository;
  const removedTags = new Bitset(tags.names.length);
  const removedRevisions = new Bitset(revisions.node.length);
  const marks = { removedTags, removedRevisions };
  const whole = whyWhole(repository, options) !== undefined;
  if (whole && !isDamagedOnly(repository, options)) return marks;
  const fits = (removal: Removal | undefined): boolean =>
    removal !== undefined && (!whole || removal.damaged === true);
  const pinned = (path: string): boolean => options.pinnedPaths?.has(path) ?? false;
  if (options.kinds.has('tag')) {
    tags.names.forEach((tag, i) => {
      const goes = fits(options.removals.tag(name, tag));
      if (goes && !pinned(tagPath(name, tag))) removedTags.add(i);
    });
  }
  if (!options.kinds.has('revision')) return marks;
  for (let i = 0; i < revisions.node.length; i++) {
    const digest = digestOf(facts, revisions.node[i]!);
    const chosen = fits(options.removals.revision(name, digest));
    const untagged = !whole && options.deleteUntagged && !isYoung(revisions.newest[i]!, options);
    if ((!chosen && !untagged) || pinned(revisionPath(name, digest))) continue;
    removedRevisions.add(i);
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

/** An image ID is the digest of its config: then the manifests that name it are meant. */
function* digestsInUse(facts: Facts, options: MarkOptions): Generator<Node> {
  if (options.keepDigests.size === 0) return;
  const parts = new Set<Node>();
  for (const digest of options.keepDigests) {
    const node = nodeOf(facts, digest);
    if (node === undefined) continue;
    yield node;
    if (facts.manifests.row(node) < 0) parts.add(node);
  }
  for (const manifest of parts.size > 0 ? facts.manifests.nodes : []) {
    if (facts.manifests.references(manifest).some((node) => parts.has(node))) yield manifest;
  }
}

/** Blobs that the executor could not move, or that a reviewed plan doesn't list. */
function* pinnedBlobs(facts: Facts, options: MarkOptions): Generator<Node> {
  for (const path of options.pinnedPaths ?? []) {
    const [top, algorithm, , hex] = path.split('/');
    const digest = top === BLOBS ? parseDigest(`${algorithm}:${hex}`) : undefined;
    const node = digest === undefined ? undefined : nodeOf(facts, digest);
    if (node !== undefined) yield node;
  }
}

/** Roots that belong to no repository: digests in use elsewhere, and blobs that can't be removed. */
export function* unboundRoots(facts: Facts, options: MarkOptions): Generator<Node> {
  yield* digestsInUse(facts, options);
  yield* pinnedBlobs(facts, options);
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
