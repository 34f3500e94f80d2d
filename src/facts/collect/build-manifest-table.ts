/**
 * Sorts the manifests, in the order in which they were read, into the table that the mark walks.
 */
import { bits, MANIFEST_KINDS, ManifestTable } from '../tables/manifest-table.js';
import type { NumberList } from '../tables/number-list.js';
import { type Node, positionIn } from '../types.js';

export interface ManifestRows {
  readonly nodes: NumberList;
  readonly kinds: NumberList;
  /** One entry more than there are rows. */
  readonly starts: NumberList;
  readonly targets: NumberList;
  /** Ascending positions in `targets` of targets that are not configs or layers. */
  readonly others: NumberList;
}

const ALIAS = MANIFEST_KINDS.indexOf('alias');

/**
 * Merges the rows of one node (a manifest may also be an alias).
 * @param referrers pairs (subject, referrer)
 */
export function buildTable(
  nodeCount: number,
  rows: ManifestRows,
  referrers: [subject: Node, referrer: Node][],
): ManifestTable {
  const nodes = distinct(rows.nodes.done().sort());
  const rowOf = (from: number): number => positionIn(nodes, rows.nodes.get(from));
  const kinds = new Uint8Array(nodes.length).fill(ALIAS);
  const starts = new Uint32Array(nodes.length + 1);
  for (let from = 0; from < rows.nodes.length; from++) {
    const row = rowOf(from);
    if (rows.kinds.get(from) !== ALIAS) kinds[row] = rows.kinds.get(from);
    starts[row + 1]! += rows.starts.get(from + 1) - rows.starts.get(from);
  }
  for (let row = 0; row < nodes.length; row++) starts[row + 1]! += starts[row]!;
  const targets = new Uint32Array(rows.targets.length);
  const isOther = bits(rows.others.done(), rows.targets.length);
  const others = new Uint32Array(isOther.length);
  const next = starts.slice();
  for (let from = 0; from < rows.nodes.length; from++) {
    const row = rowOf(from);
    for (let i = rows.starts.get(from); i < rows.starts.get(from + 1); i++) {
      const at = next[row]!++;
      if ((isOther[i >>> 5]! & (1 << (i & 31))) !== 0) others[at >>> 5]! |= 1 << (at & 31);
      targets[at] = rows.targets.get(i);
    }
  }
  referrers.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return new ManifestTable(
    nodes,
    kinds,
    starts,
    targets,
    Uint32Array.from(referrers, ([, referrer]) => referrer),
    Uint32Array.from(referrers, ([subject]) => subject),
    nodeCount,
    others,
  );
}

/** @param sorted ascending; it is overwritten */
function distinct(sorted: Uint32Array): Uint32Array {
  let count = 0;
  for (const node of sorted) {
    if (count === 0 || sorted[count - 1] !== node) sorted[count++] = node;
  }
  return sorted.slice(0, count);
}
