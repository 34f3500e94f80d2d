/**
 * Who alone holds each blob, down to the tag: what a tag or a repository would free. A tag is
 * thought away with the manifests that only it leads to, as `rm` takes it away.
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
  for (const node of closures.ofUnbound()) if (node < owner.length) owner[node] = OWNER.kept;
  const tagged = new Uint32Array(nodeCount(facts));
  const claims = { owner, reach, closures, sizes: facts.blobs.sizes(), tagged };
  facts.repositories.forEach((repository, i) => {
    claimReached(marks, repository, i, { ...claims, start: starts[i]! });
  });
  eachUnreferenced(facts, marks, (i, node) => claim(owner, node, starts[i]!, PART.unreferenced));
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
  /** By node: the last repository, from 1, of which a tag leads to it. */
  readonly tagged: Uint32Array;
}

/** First what each image with a tag leads to, then what the repository keeps besides. */
function claimReached(
  marks: Marks,
  { tags }: RepositoryFacts,
  index: number,
  { owner, reach, closures, sizes, start, tagged }: Claims,
): void {
  const { removedTags } = marks.repositories[index]!;
  /** @param part undefined for what goes: it claims nothing */
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
    const staying = names.filter((t) => !removedTags.has(t));
    const [first] = staying;
    const own = first === undefined ? undefined : PART.firstTag + first;
    const part = staying.length > 1 ? PART.severalTags : own;
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

/** Tags by the manifest that they name. */
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
  const mine = start + part + 1;
  if (before === OWNER.nobody) owner[node] = mine;
  else if (before === mine || before === OWNER.shared) return;
  else if (before === OWNER.kept || before <= start) owner[node] = OWNER.shared;
  else owner[node] = start + PART.severalTags + 1;
}
