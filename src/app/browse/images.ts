/** The images of one repository, with the size that each has alone. Pure. Sizes are in bytes. */

import { type Facts, NO_NODE, type Node, nodeCount } from '../../facts/types.js';
import { Walk } from '../../graph/mark/follow-references.js';
import { rootsIn } from '../../graph/mark/reachable.js';
import { ownedBytes, ownersOf } from '../../graph/sizes/owner-column.js';
import type { Marks } from '../../graph/types.js';
import { append } from '../../util/append.js';

export interface Image {
  readonly node: Node;
  /** Names of the tags that point to it; empty for an untagged manifest. */
  readonly tags: readonly string[];
  /** Seconds since 1970: time of the newest tag, or of the manifest's link. */
  readonly pushed: number;
  /** Apparent size of all distinct blobs that it refers to. */
  readonly bytes: number;
  /** Apparent size that is freed by removing it with all its tags. */
  readonly unique: number;
}

export interface RepositoryImages {
  readonly images: readonly Image[];
  /**
   * By blob: index of the only image that refers to it, plus one; otherwise 0 or more than
   * `images.length`.
   */
  readonly owner: Uint32Array;
}

interface Draft {
  readonly node: Node;
  readonly tags: string[];
  pushed: number;
}

/**
 * @param index into `facts.repositories`
 * @param own whether only this repository refers to a blob
 */
export function imagesIn(
  facts: Facts,
  marks: Marks,
  index: number,
  own: (node: Node) => boolean,
): RepositoryImages {
  const walk = new Walk(facts.manifests, nodeCount(facts), (node) => marks.reached.has(node));
  const drafts = [...taggedIn(facts, index)];
  const covered = new Set<Node>();
  for (const { node } of drafts) for (const one of closure(walk, node)) covered.add(one);
  append(drafts, untaggedIn(facts, marks, walk, index, covered));
  const { owner, bytes } = ownersOf(facts, drafts.length, (i) => closure(walk, drafts[i]!.node));
  owner.forEach((_, node) => {
    if (!own(node)) owner[node] = 0;
  });
  const unique = ownedBytes(facts, owner, drafts.length);
  const images = drafts.map((draft, i) => ({ ...draft, bytes: bytes[i]!, unique: unique[i]! }));
  return { images, owner };
}

const closure = (walk: Walk, node: Node): Uint32Array => walk.from(rootsIn([node]));

function taggedIn(facts: Facts, index: number): Iterable<Draft> {
  const { tags } = facts.repositories[index]!;
  const images = new Map<Node, Draft>();
  tags.target.forEach((node, t) => {
    if (node === NO_NODE) return;
    const image = images.get(node) ?? { node, tags: [], pushed: 0 };
    images.set(node, image);
    image.tags.push(tags.names[t]!);
    image.pushed = Math.max(image.pushed, tags.changed[t]!);
  });
  return images.values();
}

/** Manifests to which neither a tag nor another untagged manifest leads. */
function untaggedIn(
  facts: Facts,
  marks: Marks,
  walk: Walk,
  index: number,
  covered: ReadonlySet<Node>,
): Draft[] {
  const { revisions } = facts.repositories[index]!;
  const drafts: Draft[] = [];
  revisions.node.forEach((node, r) => {
    if (covered.has(node) || marks.repositories[index]!.removedRevisions.has(r)) return;
    drafts.push({ node, tags: [], pushed: revisions.pushed[r]! });
  });
  const below = new Set<Node>();
  for (const { node } of drafts) {
    for (const one of closure(walk, node)) if (one !== node) below.add(one);
  }
  return drafts.filter(({ node }) => !below.has(node));
}
