/** Sorts what was read, round by round, into the table that the mark walks. */
import { bits, MANIFEST_KINDS, ManifestTable } from '../tables/manifest-table.js';
import type { Node } from '../types.js';
import type { NumberList } from './collector.js';

export interface ManifestRows {
  readonly nodes: NumberList;
  readonly kinds: NumberList;
  /** One more than there are rows. */
  readonly starts: NumberList;
  readonly targets: NumberList;
  /** Positions in `targets` of what is no config or layer, ascending. */
  readonly others: NumberList;
}

const ALIAS = MANIFEST_KINDS.indexOf('alias');

/**
 * Rows of one node (a manifest that is also an alias) become one.
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
