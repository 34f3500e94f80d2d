/**
 * Sorts the manifests, in the order in which they were read, into the table that the mark walks.
 */
import { bits, MANIFEST_KINDS, ManifestTable } from '../tables/manifest-table.js';
import type { Node } from '../types.js';
import type { NumberList } from './collector.js';

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
  const order = Uint32Array.from({ length: rows.nodes.length }, (_, i) => i);
  order.sort((a, b) => rows.nodes.get(a) - rows.nodes.get(b));
  const nodes = new Uint32Array(order.length);
  const kinds = new Uint8Array(order.length);
  const starts = new Uint32Array(order.length + 1);
  const targets = new Uint32Array(rows.targets.length);
  const isOther = bits(rows.others.done(), rows.targets.length);
  const others = new Uint32Array(isOther.length);
  let row = -1;
  let filled = 0;
  for (const from of order) {
    const node = rows.nodes.get(from);
    if (row < 0 || nodes[row] !== node) {
      nodes[++row] = node;
      kinds[row] = rows.kinds.get(from);
    } else if (rows.kinds.get(from) !== ALIAS) kinds[row] = rows.kinds.get(from);
    for (let i = rows.starts.get(from); i < rows.starts.get(from + 1); i++) {
      if ((isOther[i >>> 5]! & (1 << (i & 31))) !== 0) others[filled >>> 5]! |= 1 << (filled & 31);
      targets[filled++] = rows.targets.get(i);
    }
    starts[row + 1] = filled;
  }
  const count = row + 1;
  referrers.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return new ManifestTable(
    nodes.slice(0, count),
    kinds.slice(0, count),
    starts.slice(0, count + 1),
    targets,
    Uint32Array.from(referrers, ([, referrer]) => referrer),
    Uint32Array.from(referrers, ([subject]) => subject),
    nodeCount,
    others,
  );
}
