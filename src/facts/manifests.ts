/** What each manifest refers to, as one compact adjacency table over nodes. */

export const MANIFEST_KINDS = [
  'image',
  'index',
  'artifact',
  'schema1',
  'unknown',
  'leaf',
  'unreadable',
  'alias',
] as const;
export type ManifestKind = (typeof MANIFEST_KINDS)[number];

export class ManifestTable {
  constructor(
    /** Nodes that were read as manifests, sorted. */
    readonly nodes: Uint32Array,
    readonly kinds: Uint8Array,
    /** References of row i: `targets[starts[i] .. starts[i + 1]]`. */
    readonly starts: Uint32Array,
    readonly targets: Uint32Array,
    /** Pairs (referrer's node, subject's node), sorted by subject. */
    readonly referrers: Uint32Array,
    readonly subjects: Uint32Array,
    /** One bit a node: is it in `nodes`? */
    private readonly members: Uint8Array,
  ) {}

  /** The row of a node, or -1 where it wasn't read as a manifest. */
  row(node: number): number {
    if (((this.members[node >>> 3] ?? 0) & (1 << (node & 7))) === 0) return -1;
    let low = 0;
    let high = this.nodes.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.nodes[middle]! < node) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  kind(node: number): ManifestKind | undefined {
    const row = this.row(node);
    return row < 0 ? undefined : MANIFEST_KINDS[this.kinds[row]!];
  }

  references(node: number): Uint32Array {
    const row = this.row(node);
    return row < 0
      ? this.targets.subarray(0, 0)
      : this.targets.subarray(this.starts[row]!, this.starts[row + 1]!);
  }

  /** Manifests whose `subject` is this node. */
  referrersOf(node: number): Uint32Array {
    const from = lowerBound(this.subjects, node);
    let to = from;
    while (this.subjects[to] === node) to += 1;
    return this.referrers.subarray(from, to);
  }
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
