/** A set of small whole numbers, one bit each. */
export class Bitset {
  readonly #words: Uint32Array;

  constructor(readonly size: number) {
    this.#words = new Uint32Array((size + 31) >>> 5);
  }

  has(i: number): boolean {
    return ((this.#words[i >>> 5] ?? 0) & (1 << (i & 31))) !== 0;
  }

  add(i: number): void {
    this.#words[i >>> 5]! |= 1 << (i & 31);
  }

  delete(i: number): void {
    this.#words[i >>> 5]! &= ~(1 << (i & 31));
  }

  count(): number {
    let total = 0;
    for (const word of this.#words) {
      let w = word - ((word >>> 1) & 0x55555555);
      w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
      total += (((w + (w >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
    }
    return total;
  }

  /** The members, ascending. */
  *[Symbol.iterator](): Generator<number> {
    for (let w = 0; w < this.#words.length; w++) {
      let word = this.#words[w]!;
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word);
        yield w * 32 + bit;
        word &= word - 1;
      }
    }
  }
}
