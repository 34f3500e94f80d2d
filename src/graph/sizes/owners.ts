/**
 * Finds what alone leads to each blob, down to single tags. This is what removing a tag or a
 * repository would free. Removing a tag also removes the manifests that only it leads to, as in
 * `rm`.
 */
import {
  type Facts,
  NO_NODE,
  type Node,
  nodeCount,
  type RepositoryFacts,
} from '../../facts/types.js';
import type { Marks } from '../types.js';
import { Closures } from './closures.js';
import { eachUnreferenced } from './unreferenced.js';

/** Values of `Owners.owner` besides the number of a part plus one. */
export const OWNER = {
  nobody: 0,
  /** Kept for no repository: a digest in use, a guess from a damaged link, an immovable blob. */
  kept: 0xfffffffe,
  /** More than one repository leads to it. */
  shared: 0xffffffff,
} as const;

/**
 * Parts of repository i, relative to `Owners.starts[i]`. The parts of its tags start at `firstTag`.
 */
export const PART = { severalTags: 0, untagged: 1, unreferenced: 2, firstTag: 3 } as const;

export interface Owners {
  /** By blob: the number plus one of the part that alone leads to it, or a value of OWNER. */
  readonly owner: Uint32Array;
  /** By repository: the number of its first part. One more entry at the end. */
  readonly starts: Uint32Array;
  /** By part: the apparent bytes of all distinct blobs that it leads to. */
  readonly reach: Float64Array;
}

export function owners(facts: Facts, marks: Marks): Owners {
  const found = reachedOwners(facts, marks);
  const { owner, starts } = found;
  eachUnreferenced(facts, marks, (i, node) => claim(owner, node, starts[i]!, PART.unreferenced));
  return found;
}

/** The owners of reachable blobs only. */
export function reachedOwners(facts: Facts, marks: Marks): Owners {
  const starts = partStarts(facts);
  const owner = new Uint32Array(facts.blobs.count);
  const reach = new Float64Array(starts[facts.repositories.length]!);
  const closures = new Closures(facts, marks);
  for (const node of closures.ofUnbound()) if (node < owner.length) owner[node] = OWNER.kept;
  const tagged = new Uint32Array(nodeCount(facts));
  const claims = { owner, reach, closures, sizes: facts.blobs.sizes(), tagged };
  facts.repositories.forEach((repository, i) => {
    claimReached(marks, repository, i, { ...claims, start: starts[i]! });
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
  readonly sizes: Float64Array;
  readonly start: number;
  /** By node: the last repository of which a tag leads to it, counted from 1. */
  readonly tagged: Uint32Array;
}

/** Claims first what each tagged image leads to, then everything else that the repository keeps. */
function claimReached(
  marks: Marks,
  { tags }: RepositoryFacts,
  index: number,
  { owner, reach, closures, sizes, start, tagged }: Claims,
): void {
  const { removedTags } = marks.repositories[index]!;
  /** Groups tags by the manifest that they point to. */
  const claimAll = (part: number | undefined, closure: Uint32Array): number => {
    let bytes = 0;
    for (const node of closure) {
      if (part !== undefined) tagged[node] = index + 1;
      if (node >= owner.length) continue;
      if (part !== undefined) claim(owner, node, start, part);
      bytes += sizes[node]!;
    }
    return bytes;
  };
  for (const [image, names] of imagesIn(tags.target)) {
    const remaining = names.filter((t) => !removedTags.has(t));
    const [first] = remaining;
    const own = first === undefined ? undefined : PART.firstTag + first;
    const part = remaining.length > 1 ? PART.severalTags : own;
    const bytes = claimAll(part, closures.ofNode(index, image));
    for (const t of names) reach[start + PART.firstTag + t] = bytes;
  }
  const others = closures.from(index, (visit) => {
    closures.eachRoot(index, (node) => {
      if (tagged[node] !== index + 1) visit(node);
    });
  });
  reach[start + PART.untagged] = claimAll(PART.untagged, others);
}

/**
 * Repositories are claimed one after another. So an owner after `start` belongs to the same
 * repository.
 */
function imagesIn(targets: Uint32Array): Map<Node, number[]> {
  const images = new Map<Node, number[]>();
  targets.forEach((target, t) => {
    if (target === NO_NODE) return;
    const names = images.get(target);
    if (names === undefined) images.set(target, [t]);
    else names.push(t);
  });
  return images;
}

/** Repositories come one after the other, so a part from `start` on is one of the same one. */
function claim(owner: Uint32Array, node: Node, start: number, part: number): void {
  const before = owner[node]!;
  const claimed = start + part + 1;
  if (before === OWNER.nobody) owner[node] = claimed;
  else if (before === claimed || before === OWNER.shared) return;
  else if (before === OWNER.kept || before <= start) owner[node] = OWNER.shared;
  else owner[node] = start + PART.severalTags + 1;
}
