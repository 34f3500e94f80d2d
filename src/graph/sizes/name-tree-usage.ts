/**
 * Sizes of repositories and namespaces in one pass over the marks. A blob belongs to the deepest
 * namespace that contains all repositories using it, because removing that namespace frees it.
 * Pure.
 */
import type { Facts, Node } from '../../facts/types.js';
import type { Marks } from '../types.js';
import { Closures } from './closures.js';
import type { NameTree } from './name-tree.js';
import { NOBODY } from './owner-column.js';
import { eachUnreferenced } from './unreferenced.js';

/** Apparent bytes by node of the name tree. Each includes everything below it. */
export interface NameTreeUsage {
  /** Distinct blobs that its repositories lead to. */
  readonly bytes: Float64Array;
  /** Blobs that nothing outside the node needs. */
  readonly unique: Float64Array;
  /** Garbage that only its links name. The root includes garbage without any link. */
  readonly garbage: Float64Array;
  /** By blob: the number plus one of the node that alone uses it; NOBODY or KEPT. */
  readonly owner: Uint32Array;
}

/** Kept for no repository: a digest in use, an immovable blob. */
const KEPT = 0xffffffff;

/** Costs about as much as two marks. */
export function nameTreeUsage(facts: Facts, marks: Marks, tree: NameTree): NameTreeUsage {
  const columns = {
    bytes: new Float64Array(tree.nodes.length),
    unique: new Float64Array(tree.nodes.length),
    garbage: new Float64Array(tree.nodes.length),
    owner: new Uint32Array(facts.blobs.count),
  };
  claimReached(facts, marks, tree, columns);
  eachUnreferenced(facts, marks, (i, node) =>
    claim(columns.owner, node, tree.ofRepository[i]!, tree),
  );
  facts.blobs.sizes().forEach((size, node) => {
    const holder = columns.owner[node]!;
    if (!marks.reached.has(node)) {
      const isRecent = marks.recent.has(node);
      if (!isRecent) columns.garbage[holder === NOBODY ? 0 : holder - 1]! += size;
    } else if (holder !== NOBODY && holder !== KEPT) columns.unique[holder - 1]! += size;
  });
  for (const column of [columns.bytes, columns.unique, columns.garbage]) tree.sumUp(column);
  return columns;
}

/**
 * Visits repositories in the order of the tree, not of their names (`a-b` sorts before `a/b`). In
 * this order, the last visited repository with a blob is the nearest one, so their common node is
 * the deepest.
 */
function claimReached(
  facts: Facts,
  marks: Marks,
  tree: NameTree,
  { bytes, owner }: Pick<NameTreeUsage, 'bytes' | 'owner'>,
): void {
  const sizes = facts.blobs.sizes();
  const last = new Uint32Array(sizes.length);
  const closures = new Closures(facts, marks);
  for (const node of closures.ofUnbound()) if (node < owner.length) owner[node] = KEPT;
  for (const i of tree.repositoriesBelow(0)) {
    const at = tree.ofRepository[i]!;
    for (const node of closures.of(i)) {
      if (node >= sizes.length) continue;
      bytes[at]! += sizes[node]!;
      // The earlier repository has counted it, within the node that both have in common.
      if (last[node] !== 0) bytes[tree.common(last[node]! - 1, at)]! -= sizes[node]!;
      last[node] = at + 1;
      claim(owner, node, at, tree);
    }
  }
}

function claim(owner: Uint32Array, node: Node, at: number, tree: NameTree): void {
  const holder = owner[node]!;
  if (holder === KEPT) return;
  owner[node] = (holder === NOBODY ? at : tree.common(holder - 1, at)) + 1;
}
