/**
 * Who alone holds each blob, down to the tag: what a tag or a repository would free. A tag is
 * thought away with the manifests that only it leads to, as `rm` takes it away.
 */
import { tombstonesOf } from '../../facts/tombstones.js';
import {
  type Facts,
  NO_NODE,
  type Node,
  nodeCount,
  nodeOf,
  positionIn,
  type RepositoryFacts,
} from '../../facts/types.js';
import { rootsOfRepository, unboundRoots } from '../mark/mark.js';
import type { Roots } from '../mark/reachable.js';
import { KEEPS_NONE, Walk } from '../mark/walk.js';
import type { Marks } from '../types.js';

/** Values of `Owners.owner` besides a part's number plus one. */
export const OWNER = {
  nobody: 0,
  /** No repository: a digest in use elsewhere, a damaged link's guess, a blob that can't go. */
  kept: 0xfffffffe,
  /** More than one repository. */
  shared: 0xffffffff,
} as const;

/** Parts of a repository, counted from `Owners.starts[i]`; its tags follow from `firstTag` on. */
export const PART = { severalTags: 0, untagged: 1, unreferenced: 2, firstTag: 3 } as const;

export interface Owners {
  /** Per blob: a number plus one of the part that alone holds it, or one of OWNER. */
  readonly owner: Uint32Array;
  /** By repository: number of its first part. One more at the end. */
  readonly starts: Uint32Array;
  /** By part: apparent bytes of all distinct blobs that it leads to. */
  readonly reach: Float64Array;
}

export function owners(facts: Facts, marks: Marks): Owners {
  const starts = partStarts(facts);
  const owner = new Uint32Array(facts.blobs.count);
  const reach = new Float64Array(starts[facts.repositories.length]!);
  const closures = new Closures(facts, marks);
  for (const node of closures.ofUnbound()) owner[node] = OWNER.kept;
  const claims = { owner, reach, closures };
  facts.repositories.forEach((repository, i) => {
    claimReached(facts, marks, repository, i, { ...claims, start: starts[i]! });
  });
  const tombstones = tombstonesOf(facts);
  facts.repositories.forEach((repository, i) => {
    const deleted = Array.from(
      tombstones.get(repository.name) ?? [],
      (digest) => nodeOf(facts, digest) ?? facts.blobs.count,
    );
    claimUnreferenced(facts, marks, [...unrooted(repository), deleted], owner, starts[i]!);
  });
  return { owner, starts, reach };
}

function partStarts({ repositories }: Facts): Uint32Array {
  const starts = new Uint32Array(repositories.length + 1);
  repositories.forEach(({ tags }, i) => {
    starts[i + 1] = starts[i]! + PART.firstTag + tags.names.length;
  });
  return starts;
}

interface Claims {
  readonly owner: Uint32Array;
  readonly reach: Float64Array;
  readonly closures: Closures;
  readonly start: number;
}

/** First what each tag leads to, then what the repository keeps besides. */
function claimReached(
  facts: Facts,
  marks: Marks,
  repository: RepositoryFacts,
  index: number,
  { owner, reach, closures, start }: Claims,
): void {
  const { removedTags } = marks.repositories[index]!;
  const tagged = new Set<Node>();
  const claimAll = (part: number, roots: Roots): void => {
    for (const node of closures.from(repository, roots)) {
      if (part !== PART.untagged) tagged.add(node);
      if (node >= facts.blobs.count) continue;
      claim(owner, node, start, part);
      reach[start + part]! += facts.blobs.size(node);
    }
  };
  repository.tags.target.forEach((target, t) => {
    if (target === NO_NODE || removedTags.has(t)) return;
    claimAll(PART.firstTag + t, (visit) => {
      visit(target);
    });
  });
  claimAll(PART.untagged, (visit) => {
    rootsOfRepository(facts, repository, marks.repositories[index]!, marks.options, (node) => {
      if (!tagged.has(node)) visit(node);
    });
  });
}

/** What still names a blob that no root leads to, besides the folders of deleted manifests. */
const unrooted = ({ layers, revisions, history }: RepositoryFacts): Iterable<Node>[] => [
  layers,
  revisions.node,
  revisions.target,
  history.node,
];

/** What no root leads to belongs to the repository that still names it. */
function claimUnreferenced(
  { blobs }: Facts,
  { reached }: Marks,
  naming: readonly Iterable<Node>[],
  owner: Uint32Array,
  start: number,
): void {
  for (const nodes of naming) {
    for (const node of nodes) {
      if (node < blobs.count && !reached.has(node)) claim(owner, node, start, PART.unreferenced);
    }
  }
}

/** Repositories come one after the other, so a part from `start` on is one of the same one. */
function claim(owner: Uint32Array, node: Node, start: number, part: number): void {
  const before = owner[node]!;
  const mine = start + part + 1;
  if (before === OWNER.nobody) owner[node] = mine;
  else if (before === mine || before === OWNER.shared) return;
  else if (before === OWNER.kept || before <= start) owner[node] = OWNER.shared;
  else owner[node] = start + PART.severalTags + 1;
}

/** What a repository leads to; referrers follow their subject. */
export class Closures {
  readonly #walk: Walk;

  constructor(
    private readonly facts: Facts,
    private readonly marks: Marks,
  ) {
    this.#walk = new Walk(facts.manifests, nodeCount(facts), KEEPS_NONE);
  }

  /** All that the repository with this number keeps alive. Holds until the next call. */
  of(index: number): Uint32Array {
    const repository = this.facts.repositories[index]!;
    const { repositories, options } = this.marks;
    return this.from(repository, (visit) => {
      rootsOfRepository(this.facts, repository, repositories[index]!, options, visit);
    });
  }

  from({ revisions }: RepositoryFacts, roots: Roots): Uint32Array {
    const { reached, options } = this.marks;
    return this.#walk.from(
      roots,
      (node) =>
        reached.has(node) && (options.deleteUntagged || positionIn(revisions.node, node) >= 0),
    );
  }

  ofUnbound(): Uint32Array {
    const { guesses, blobs } = this.facts;
    const found = this.#walk.from((visit) => {
      unboundRoots(this.facts, this.marks.options, visit);
      guesses.forEach(visit);
    });
    return found.filter((node) => node < blobs.count);
  }
}
