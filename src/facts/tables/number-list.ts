/** Numbers per chunk: 64 kB. Larger ones would go to and from the kernel one by one. */
const BITS = 14;
const CHUNK = 1 << BITS;
/** V8 stores so few numbers in its heap, without a separate allocation. */
const FIRST = 16;

/**
 * A growing list of integers from 0 to 2^32 - 1, in chunks, so that a long list is never copied to
 * grow. A copy would leave free memory that nothing else fits into.
 */
export class NumberList {
  readonly #chunks = [new Uint32Array(FIRST)];
  #last = this.#chunks[0]!;
  /** Number of values in the last chunk. */
  #used = 0;

  get length(): number {
    return (this.#chunks.length - 1) * CHUNK + this.#used;
  }

  push(value: number): void {
    if (this.#used === this.#last.length) this.#grow();
    this.#last[this.#used++] = value;
  }

  get(i: number): number {
    return this.#chunks[i >>> BITS]![i & (CHUNK - 1)]!;
  }

  /** @returns a copy of exact length */
  done(): Uint32Array {
    const all = new Uint32Array(this.length);
    this.#chunks.forEach((chunk, i) => {
      all.set(chunk === this.#last ? chunk.subarray(0, this.#used) : chunk, i * CHUNK);
    });
    return all;
  }

  /** A list shorter than a chunk doubles. */
  #grow(): void {
    if (this.#last.length === CHUNK) {
      this.#last = new Uint32Array(CHUNK);
      this.#chunks.push(this.#last);
      this.#used = 0;
      return;
    }
    const grown = new Uint32Array(this.#last.length * 2);
    grown.set(this.#last);
    this.#last = grown;
    this.#chunks[0] = grown;
  }
}
