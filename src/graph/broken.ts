/** Finds the images that a damaged or missing blob breaks. Pure. */
import { digestOf, type Facts, NO_NODE, type Node, nodeCount } from '../facts/types.js';
import type { Digest } from '../storage/digest.js';
import { Bitset } from './mark/bitset.js';
import { KEEPS_NONE, Walk } from './mark/follow-references.js';
import { reachable, rootsIn } from './mark/reachable.js';

export interface BrokenImage {
  readonly repository: string;
  /** Undefined for a manifest that no tag of its repository points to. */
  readonly tag?: string;
  readonly digest: Digest;
}

export type BrokenBy = (damaged: Node) => readonly BrokenImage[];

/**
 * @returns a function from a damaged blob to the images that need it: tags, and untagged manifests
 *   that none of these tags refers to, in the order of repositories and tags. The first call costs
 *   a pass over all references.
 */
export function brokenBy(facts: Facts): BrokenBy {
  let users: Map<Node, Node[]> | undefined;
  const usersOf = (node: Node): readonly Node[] => {
    users ??= reversed(facts);
    return users.get(node) ?? [];
  };
  return (damaged) => {
    const broken = reachable(new Bitset(nodeCount(facts)), rootsIn([damaged]), (node, visit) => {
      usersOf(node).forEach(visit);
    });
    return imagesAmong(facts, broken);
  };
}

/**
 * The tags that point to one of the nodes, and the untagged manifests among the nodes that none of
 * these tags refers to.
 */
function imagesAmong(facts: Facts, nodes: Bitset): BrokenImage[] {
  const found: BrokenImage[] = [];
  const walk = new Walk(facts.manifests, nodeCount(facts), KEEPS_NONE);
  for (const { name, tags, revisions } of facts.repositories) {
    const tagged = new Set<Node>();
    tags.target.forEach((node, i) => {
      if (node === NO_NODE || !nodes.has(node)) return;
      tagged.add(node);
      found.push({ repository: name, tag: tags.names[i]!, digest: digestOf(facts, node) });
    });
    const untagged = [...revisions.node].filter((node) => nodes.has(node) && !tagged.has(node));
    if (untagged.length === 0) continue;
    walk.from(rootsIn(tagged));
    for (const node of untagged) {
      if (!walk.visited.has(node)) found.push({ repository: name, digest: digestOf(facts, node) });
    }
  }
  return found;
}

/**
 * Finds the images that need a blob: tags, and untagged manifests that none of these tags refers
 * to. Needs little memory. The cost is one pass over all references per level of nested manifests.
 */
export function imagesUsing(facts: Facts, blob: Node): readonly BrokenImage[] {
  const { manifests } = facts;
  const needing = new Bitset(nodeCount(facts));
  needing.add(blob);
  for (let grows = true; grows; ) {
    grows = false;
    for (const node of manifests.nodes) {
      if (needing.has(node)) continue;
      let needs = false;
      manifests.eachReference(node, (to) => {
        needs ||= needing.has(to);
      });
      if (!needs) continue;
      needing.add(node);
      grows = true;
    }
  }
  return imagesAmong(facts, needing);
}

function reversed({ manifests }: Facts): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>();
  for (const node of manifests.nodes) {
    for (const to of manifests.references(node)) {
      const known = users.get(to);
      if (known === undefined) users.set(to, [node]);
      else known.push(node);
    }
  }
  return users;
}
