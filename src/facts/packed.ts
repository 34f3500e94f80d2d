/** Digests on their way between threads: cells of one flag byte and the raw digest. */
import {
  ALGORITHMS,
  type Algorithm,
  algorithmOf,
  DIGEST_BYTES,
  type Digest,
  hexOf,
} from '../storage/digest.js';

export const PACKED = { descend: 4, foreign: 8, subject: 16 } as const;

export class DigestPacker {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  /** @param flags of PACKED */
  add(digest: Digest, flags = 0): void {
    const algorithm = algorithmOf(digest);
    const width = DIGEST_BYTES[algorithm];
    if (this.#length + 1 + width > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(this.#bytes.length * 2);
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = ALGORITHMS.indexOf(algorithm) | flags;
    this.#bytes.write(hexOf(digest), this.#length + 1, 'hex');
    this.#length += 1 + width;
  }

  /** A copy of its own, fit for transfer. */
  done(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }
}

/** Walks over packed digests; `at` is where the current digest's bytes start. */
export class PackedCursor {
  algorithm: Algorithm = 'sha256';
  flags = 0;
  at = 0;
  #next = 0;

  constructor(readonly bytes: Uint8Array) {}

  next(): boolean {
    if (this.#next >= this.bytes.length) return false;
    const head = this.bytes[this.#next]!;
    this.algorithm = ALGORITHMS[head & 3]!;
    this.flags = head & ~3;
    this.at = this.#next + 1;
    this.#next = this.at + DIGEST_BYTES[this.algorithm];
    return true;
  }
}
