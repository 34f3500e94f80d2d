/**
 * The same mark as `reachable`, for millions of nodes: without a call or an object per reference.
 */
import { Bitset } from './bitset.js';
import type { Roots } from './reachable.js';

/** A table of references. `ManifestTable` is one. */
export interface Edges {
  /** @returns the row of a node, or -1 if it refers to nothing */
  row(node: number): number;
  /** The references of row i are `targets[starts[i] .. starts[i + 1]]`. */
  readonly starts: Uint32Array;
  readonly targets: Uint32Array;
  isSubject(node: number): boolean;
  referrersOf(node: number): Uint32Array;
}

/** Tells whether a subject keeps this referrer. */
export type Keeps = (referrer: number) => boolean;
export const KEEPS_NONE: Keeps = () => false;

/** A mark that can continue with more roots, or start again. */
export class Walk {
  /** The nodes that were visited, and those given as `beyond`. */
  readonly visited: Bitset;
  #found = new Uint32Array(1024);
  #count = 0;

  /** @param beyond nodes that are neither visited nor followed */
  constructor(
    private readonly edges: Edges,
    nodes: number,
    private readonly keeps: Keeps,
    beyond?: Bitset,
  ) {
    this.visited = beyond?.clone() ?? new Bitset(nodes);
  }

  /**
   * Adds everything that `roots` lead to.
   * @returns the added nodes, each once; valid until the next call
   */
  add(roots: Roots, keeps = this.keeps): Uint32Array {
    const before = this.#count;
    roots(this.#visit);
    this.#follow(before, keeps);
    return this.#found.subarray(before, this.#count);
  }

  /** Like `add`, but first un-visits the nodes of the earlier calls. */
  from(roots: Roots, keeps = this.keeps): Uint32Array {
    for (let i = 0; i < this.#count; i++) this.visited.delete(this.#found[i]!);
    this.#count = 0;
    return this.add(roots, keeps);
  }

  /** Clears the list of added nodes. They stay visited, and `from` no longer un-visits them. */
  forget(): void {
    this.#count = 0;
  }

  readonly #visit = (node: number): void => {
    if (!this.visited.insert(node)) return;
    if (this.#count === this.#found.length) this.#grow();
    this.#found[this.#count++] = node;
  };

  #follow(from: number, keeps: Keeps): void {
    const { edges } = this;
    for (let i = from; i < this.#count; i++) {
      const node = this.#found[i]!;
      const row = edges.row(node);
      if (row >= 0) this.#visitAll(edges.starts[row]!, edges.starts[row + 1]!);
      if (!edges.isSubject(node)) continue;
      for (const referrer of edges.referrersOf(node)) if (keeps(referrer)) this.#visit(referrer);
    }
  }

  #visitAll(start: number, end: number): void {
    while (this.#count + end - start > this.#found.length) this.#grow();
    const { targets } = this.edges;
    const { words } = this.visited;
    const found = this.#found;
    let count = this.#count;
    for (let e = start; e < end; e++) {
      const to = targets[e]!;
      const word = words[to >>> 5]!;
      const bit = 1 << (to & 31);
      if ((word & bit) !== 0) continue;
      words[to >>> 5] = word | bit;
      found[count++] = to;
    }
    this.#count = count;
  }

  #grow(): void {
    const grown = new Uint32Array(this.#found.length * 2);
    grown.set(this.#found);
    this.#found = grown;
  }
}
