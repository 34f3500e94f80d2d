/**
 * Quarantined items that are needed by references in the tree, or by items that are being restored.
 */
import { type Facts, NO_NODE, type Node, nodeCount, nodeOf } from '../../facts/types.js';
import type { ActionKind } from '../../graph/action-kinds.js';
import { markDefaults } from '../../graph/defaults.js';
import type { Bitset } from '../../graph/mark/bitset.js';
import { Walk } from '../../graph/mark/follow-references.js';
import { mark } from '../../graph/mark/mark.js';
import { rootsIn } from '../../graph/mark/reachable.js';
import type { Digest } from '../../storage/digest.js';

export interface QuarantinedItem {
  readonly kind: ActionKind;
  readonly digest?: string;
  readonly repository?: string;
}

export type Needed = (item: QuarantinedItem) => boolean;

/**
 * For a rollback: a link is needed if anything anywhere reaches its digest, and a repository if one
 * of its links is needed. Every tag and every revision is a root, of any age.
 * @param partsOf the parts of an item
 */
export function isReachable<T extends QuarantinedItem>(
  facts: Facts,
  partsOf: (item: T) => Iterable<QuarantinedItem>,
): (item: T) => boolean {
  const reached = reachedIn(facts);
  return (item) => {
    for (const { kind, digest } of partsOf(item)) {
      if (hasDigest(kind) && isIn(facts, reached, digest)) return true;
    }
    return false;
  };
}

/** For a purge: a link is needed only if its own repository reaches its digest. */
export function neededExactly(facts: Facts): Needed {
  const reached = reachedIn(facts);
  const byRepository = new Map<string, Bitset>();
  const reachedBy = (name: string): Bitset => {
    let nodes = byRepository.get(name);
    if (nodes === undefined) {
      nodes = closureOf(facts, treeRoots(facts, name));
      byRepository.set(name, nodes);
    }
    return nodes;
  };
  return ({ kind, digest, repository }) => {
    if (kind === 'blob') return isIn(facts, reached, digest);
    if (!hasDigest(kind)) return false;
    return repository === undefined || isIn(facts, reachedBy(repository), digest);
  };
}

/** The nodes that a repository's tags and revisions refer to. */
export function treeRoots(facts: Facts, name: string): Node[] {
  const repository = facts.repositories.find((one) => one.name === name);
  if (repository === undefined) return [];
  const { tags, revisions } = repository;
  const nodes = [...tags.target, ...revisions.node, ...revisions.target];
  return nodes.filter((node) => node !== NO_NODE);
}

/** These nodes and everything that they need, with their referrers. */
export function closureOf(facts: Facts, start: Iterable<Node>): Bitset {
  const walk = new Walk(facts.manifests, nodeCount(facts), () => true);
  walk.add(rootsIn(start));
  return walk.visited;
}

const reachedIn = (facts: Facts): Bitset =>
  mark(facts, { ...markDefaults(Math.floor(facts.scannedAtMs / 1000)), minAge: 0 }).reached;

const hasDigest = (kind: ActionKind): boolean =>
  kind === 'blob' || kind === 'revision' || kind === 'layer-link';

/** An item without a digest counts as needed, because it can't be checked. */
function isIn(facts: Facts, nodes: Bitset, digest: string | undefined): boolean {
  if (digest === undefined) return true;
  const node = nodeOf(facts, digest as Digest);
  return node !== undefined && nodes.has(node);
}
