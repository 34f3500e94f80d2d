/** Digests packed for transfer between threads. A cell is one flag byte and the raw digest. */
import {
  ALGORITHMS,
  type Algorithm,
  algorithmOf,
  DIGEST_BYTES,
  type Digest,
  decodeHex,
} from '../storage/digest.js';

export const PACKED = { descend: 4, foreign: 8, subject: 16 } as const;

/** Buffers for reuse, because a scan packs thousands of times. */
const SPARE: Buffer[] = [];
const SPARES = 4;
const SPARE_BYTES = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** Collects digests. A packer is used once: it is empty after `done`. */
export class DigestPacker {
  #bytes = SPARE.pop() ?? Buffer.allocUnsafeSlow(4096);
  #length = 0;

  /** @param flags a combination of PACKED */
  add(digest: Digest, flags = 0): void {
    const algorithm = algorithmOf(digest);
    const width = DIGEST_BYTES[algorithm];
    this.#reserve(1 + width);
    this.#bytes[this.#length] = ALGORITHMS.indexOf(algorithm) | flags;
    decodeHex(digest, algorithm.length + 1, width, this.#bytes, this.#length + 1);
    this.#length += 1 + width;
  }

  /** Adds cells that are packed already. */
  append(cells: Uint8Array): void {
    this.#reserve(cells.length);
    this.#bytes.set(cells, this.#length);
    this.#length += cells.length;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  /** @returns a copy of the cells that can be transferred to another thread */
  done(): Uint8Array {
    const packed = new Uint8Array(this.#bytes.subarray(0, this.#length));
    if (SPARE.length < SPARES && this.#bytes.length <= SPARE_BYTES) SPARE.push(this.#bytes);
    this.#bytes = NOTHING;
    this.#length = 0;
    return packed;
  }
}

/** Iterates over packed digests. The current digest starts at `bytes[at]`. */
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
