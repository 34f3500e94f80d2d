/** The references of all manifests, as one compact adjacency table over nodes. */

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
  /**
   * A bit set of `nodes`. `#ranks` counts the members before each word, so a row is found without a
   * search.
   */
  readonly #members: Uint32Array;
  readonly #ranks: Uint32Array;
  /** A bit set of the nodes that are subjects. */
  readonly #named: Uint32Array;

  constructor(
    /** Nodes that were read as manifests, in ascending order. */
    readonly nodes: Uint32Array,
    readonly kinds: Uint8Array,
    /** The references of row i are `targets[starts[i] .. starts[i + 1]]`. */
    readonly starts: Uint32Array,
    readonly targets: Uint32Array,
    /** Pairs (`referrers[i]` has the subject `subjects[i]`), sorted by subject. */
    readonly referrers: Uint32Array,
    readonly subjects: Uint32Array,
    /** Number of all nodes, manifests or not. */
    nodeCount: number,
    /**
     * A bit set over `targets`: the target is not a config or layer that the registry has to serve.
     */
    private readonly others = new Uint32Array(0),
  ) {
    this.#members = bits(nodes, nodeCount);
    this.#named = bits(subjects, nodeCount);
    this.#ranks = new Uint32Array(this.#members.length);
    for (let w = 1; w < this.#ranks.length; w++) {
      this.#ranks[w] = this.#ranks[w - 1]! + bitCount(this.#members[w - 1]!);
    }
  }

  /** @returns the row of a node, or -1 if it was not read as a manifest */
  row(node: number): number {
    const word = this.#members[node >>> 5] ?? 0;
    const bit = 1 << (node & 31);
    if ((word & bit) === 0) return -1;
    return this.#ranks[node >>> 5]! + bitCount(word & (bit - 1));
  }

  kind(node: number): ManifestKind | undefined {
    const row = this.row(node);
    return row < 0 ? undefined : MANIFEST_KINDS[this.kinds[row]!];
  }

  /**
   * @returns the node under which the content is stored. It differs for a layer that was pushed by
   *   a digest of another algorithm.
   */
  storedAs(node: number): number {
    return this.kind(node) === 'alias' ? (this.references(node)[0] ?? node) : node;
  }

  references(node: number): Uint32Array {
    const row = this.row(node);
    return row < 0
      ? this.targets.subarray(0, 0)
      : this.targets.subarray(this.starts[row]!, this.starts[row + 1]!);
  }

  /** Visits the references of a node without allocating a list. */
  eachReference(node: number, visit: (to: number) => void): void {
    const row = this.row(node);
    if (row < 0) return;
    const end = this.starts[row + 1]!;
    for (let i = this.starts[row]!; i < end; i++) visit(this.targets[i]!);
  }

  /**
   * Visits the configs and layers that a client pulls from the registry. Omits manifests, layers
   * with `urls`, and digests that only an unknown field names.
   */
  eachContent(node: number, visit: (content: number) => void): void {
    const row = this.row(node);
    if (row < 0) return;
    const end = this.starts[row + 1]!;
    for (let i = this.starts[row]!; i < end; i++) {
      if (((this.others[i >>> 5] ?? 0) & (1 << (i & 31))) === 0) visit(this.targets[i]!);
    }
  }

  /** @returns the manifests whose `subject` is this node */
  referrersOf(node: number): Uint32Array {
    if (!this.isSubject(node)) return this.referrers.subarray(0, 0);
    const from = lowerBound(this.subjects, node);
    let to = from;
    while (this.subjects[to] === node) to += 1;
    return this.referrers.subarray(from, to);
  }

  isSubject(node: number): boolean {
    return ((this.#named[node >>> 5] ?? 0) & (1 << (node & 31))) !== 0;
  }
}

/** @returns a bit set of `count` bits in which the bits of `members` are set */
export function bits(members: Uint32Array, count: number): Uint32Array {
  const words = new Uint32Array((count + 31) >>> 5);
  for (const member of members) words[member >>> 5]! |= 1 << (member & 31);
  return words;
}

function bitCount(word: number): number {
  let w = word - ((word >>> 1) & 0x55555555);
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
  return (((w + (w >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
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
