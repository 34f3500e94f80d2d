/**
 * Sizes of repositories and namespaces in one pass over the marks. A blob belongs to the deepest
 * namespace that holds all its repositories: removing that namespace frees it. Pure.
 */
import type { Facts, Node } from '../../facts/types.js';
import type { Marks } from '../types.js';
import { Closures } from './closures.js';
import type { NameTree } from './name-tree.js';
import { NOBODY } from './owner-column.js';
import { eachUnreferenced } from './unreferenced.js';

/** Apparent bytes by node of the name tree, each with all that lies below it. */
export interface NameTreeUsage {
  /** Distinct blobs that its repositories lead to. */
  readonly bytes: Float64Array;
  /** Blobs that nothing outside of it needs. */
  readonly unique: Float64Array;
  /** Garbage that only its links still name; the root's includes what nothing links. */
  readonly garbage: Float64Array;
  /** By blob: node of the name tree plus one that alone holds it; NOBODY, or KEPT. */
  readonly owner: Uint32Array;
}

/** Held by no repository, and not to go: a digest in use elsewhere, a blob that can't be moved. */
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
    const who = columns.owner[node]!;
    if (!marks.reached.has(node)) {
      const isRecent = marks.recent.has(node);
      if (!isRecent) columns.garbage[who === NOBODY ? 0 : who - 1]! += size;
    } else if (who !== NOBODY && who !== KEPT) columns.unique[who - 1]! += size;
  });
  for (const column of [columns.bytes, columns.unique, columns.garbage]) tree.sumUp(column);
  return columns;
}

/**
 * Repositories come in the order of the tree, not of their names (`a-b` sorts before `a/b`): only
 * then is a blob's last holder the nearest of those before.
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
      // Counted by the repository before already, within the node that both have in common.
      if (last[node] !== 0) bytes[tree.common(last[node]! - 1, at)]! -= sizes[node]!;
      last[node] = at + 1;
      claim(owner, node, at, tree);
    }
  }
}

function claim(owner: Uint32Array, node: Node, at: number, tree: NameTree): void {
  const who = owner[node]!;
  if (who === KEPT) return;
  owner[node] = (who === NOBODY ? at : tree.common(who - 1, at)) + 1;
}
