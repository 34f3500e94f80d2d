/**
 * Digests that a link or a manifest names but that are not on the disk, numbered from 0. They are
 * stored as bytes in an open-addressing hash table, because a registry that was garbage-collected
 * for years has more dangling layer links than blobs.
 */
import { ALGORITHMS, type Algorithm, DIGEST_BYTES, type Digest } from '../../storage/digest.js';

const HEAD = 32;
const CHUNK = 4096;

export class DigestSet {
  #count = 0;
  #chunks: Buffer[] = [];
  #algorithms = new Uint8Array(64);
  #slots = new Uint32Array(128);
  /** The bytes of longer digests (sha384, sha512) after the first 32, by number. */
  readonly #tails = new Map<number, Buffer>();

  get count(): number {
    return this.#count;
  }

  /**
   * @returns the number of the digest whose raw bytes start at `offset`; adds the digest if it is
   *   new
   */
  intern(algorithm: Algorithm, bytes: Uint8Array, offset: number): number {
    const found = this.#probe(algorithm, bytes, offset);
    if (found.id >= 0) return found.id;
    if ((this.#count + 1) * 2 > this.#slots.length) {
      this.#grow();
      return this.#insert(algorithm, bytes, offset, this.#probe(algorithm, bytes, offset).slot);
    }
    return this.#insert(algorithm, bytes, offset, found.slot);
  }

  find(algorithm: Algorithm, bytes: Uint8Array, offset: number): number {
    return this.#probe(algorithm, bytes, offset).id;
  }

  digest(id: number): Digest {
    const algorithm = ALGORITHMS[this.#algorithms[id]!]!;
    const at = (id % CHUNK) * HEAD;
    const head = this.#chunks[Math.floor(id / CHUNK)]!.toString('hex', at, at + HEAD);
    return `${algorithm}:${head}${this.#tails.get(id)?.toString('hex') ?? ''}` as Digest;
  }

  #probe(algorithm: Algorithm, bytes: Uint8Array, offset: number): { id: number; slot: number } {
    const mask = this.#slots.length - 1;
    let slot = hashAt(bytes, offset) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]! - 1;
      if (this.#isAt(id, algorithm, bytes, offset)) return { id, slot };
    }
    return { id: -1, slot };
  }

  #isAt(id: number, algorithm: Algorithm, bytes: Uint8Array, offset: number): boolean {
    if (ALGORITHMS[this.#algorithms[id]!] !== algorithm) return false;
    const at = (id % CHUNK) * HEAD;
    const chunk = this.#chunks[Math.floor(id / CHUNK)]!;
    for (let i = 0; i < HEAD; i++) if (chunk[at + i] !== bytes[offset + i]) return false;
    const tail = this.#tails.get(id);
    return tail === undefined || tail.every((byte, i) => byte === bytes[offset + HEAD + i]);
  }

  #insert(algorithm: Algorithm, bytes: Uint8Array, offset: number, slot: number): number {
    const id = this.#count++;
    if (id % CHUNK === 0) this.#chunks.push(Buffer.alloc(CHUNK * HEAD));
    if (id >= this.#algorithms.length) {
      const grown = new Uint8Array(this.#algorithms.length * 2);
      grown.set(this.#algorithms);
      this.#algorithms = grown;
    }
    this.#algorithms[id] = ALGORITHMS.indexOf(algorithm);
    this.#chunks[Math.floor(id / CHUNK)]!.set(
      bytes.subarray(offset, offset + HEAD),
      (id % CHUNK) * HEAD,
    );
    const width = DIGEST_BYTES[algorithm];
    if (width > HEAD) this.#tails.set(id, Buffer.from(bytes.slice(offset + HEAD, offset + width)));
    this.#slots[slot] = id + 1;
    return id;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#count; id++) {
      let slot = hashAt(this.#chunks[Math.floor(id / CHUNK)]!, (id % CHUNK) * HEAD) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/**
 * Random odd multipliers, different in each process. A manifest may name invented digests that were
 * chosen to collide under a fixed hash function.
 */
const SEEDS = Uint32Array.from({ length: HEAD / 4 }, () => Math.random() * 0x1_0000_0000).map(
  (seed) => seed | 1,
);

function hashAt(bytes: Uint8Array, offset: number): number {
  let hash = 0;
  for (let word = 0, i = offset; word < SEEDS.length; word++, i += 4) {
    const value = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    hash = Math.imul(hash ^ value, SEEDS[word]!);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
