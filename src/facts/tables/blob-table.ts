/**
 * The blobs on the disk, in columns. A shard holds the blobs of one folder `blobs/<alg>/<xx>`,
 * sorted by digest, so the whole table is sorted and is looked up without a hash table.
 * A blob's position in it is its node in the graph.
 */
import {
  type Algorithm,
  DIGEST_BYTES,
  type Digest,
  digestFromBytes,
} from '../../storage/digest.js';

export const BLOB_FLAG = {
  /** Reached through a symbolic link, or on another filesystem or mount: never removed. */
  immovable: 1,
  /** Has more than one name on the disk. */
  hardLinked: 2,
  /** `data` is no regular file. */
  unreadable: 4,
} as const;

export interface BlobShard {
  readonly algorithm: Algorithm;
  /** First byte of the digests in it. */
  readonly prefix: number;
  readonly count: number;
  /** How many entries the folder has in all. */
  readonly entries: number;
  /** count × digest length, sorted. */
  readonly digests: Uint8Array;
  /** Apparent size in bytes. */
  readonly size: Float64Array;
  /** Allocated, in 512-byte blocks. */
  readonly blocks: Uint32Array;
  /** Newest time known of it, whole seconds since 1970, rounded up. */
  readonly newest: Uint32Array;
  readonly flags: Uint8Array;
}

const FIRST_KEY: Readonly<Record<Algorithm, number>> = { sha256: 0, sha384: 256, sha512: 512 };
const key = (algorithm: Algorithm, prefix: number): number => FIRST_KEY[algorithm] + prefix;

export class BlobTable {
  readonly count: number;
  readonly #shards: readonly BlobShard[];
  readonly #bytes: readonly Buffer[];
  readonly #base: Uint32Array;
  /** From algorithm and first byte to the shard's index, or -1. */
  readonly #byKey = new Int16Array(3 * 256).fill(-1);

  constructor(shards: Iterable<BlobShard>) {
    this.#shards = [...shards]
      .filter((shard) => shard.count > 0)
      .sort((a, b) => key(a.algorithm, a.prefix) - key(b.algorithm, b.prefix));
    this.#bytes = this.#shards.map(({ digests: d }) =>
      Buffer.from(d.buffer, d.byteOffset, d.length),
    );
    this.#base = new Uint32Array(this.#shards.length + 1);
    this.#shards.forEach((shard, i) => {
      this.#byKey[key(shard.algorithm, shard.prefix)] = i;
      this.#base[i + 1] = this.#base[i]! + shard.count;
    });
    this.count = this.#base[this.#shards.length]!;
  }

  get shards(): readonly BlobShard[] {
    return this.#shards;
  }

  /** The node of the digest whose raw bytes stand at `offset`, or -1. */
  find(algorithm: Algorithm, bytes: Uint8Array, offset: number): number {
    const index = this.#byKey[key(algorithm, bytes[offset]!)]!;
    if (index < 0) return -1;
    const { digests, count } = this.#shards[index]!;
    const row = search(digests, count, DIGEST_BYTES[algorithm], bytes, offset);
    return row < 0 ? -1 : this.#base[index]! + row;
  }

  /** The node of row `at` of one of the table's own shards. */
  nodeIn(shard: BlobShard, at: number): number {
    return this.#base[this.#byKey[key(shard.algorithm, shard.prefix)]!]! + at;
  }

  digest(node: number): Digest {
    const i = this.#shardOf(node);
    const { algorithm } = this.#shards[i]!;
    const at = (node - this.#base[i]!) * DIGEST_BYTES[algorithm];
    return digestFromBytes(algorithm, this.#bytes[i]!, at);
  }

  size(node: number): number {
    const i = this.#shardOf(node);
    return this.#shards[i]!.size[node - this.#base[i]!]!;
  }

  /** All sizes by node, for what asks for most of them. */
  sizes(): Float64Array {
    const flat = new Float64Array(this.count);
    this.#shards.forEach(({ size }, i) => {
      flat.set(size, this.#base[i]!);
    });
    return flat;
  }

  /** Allocated bytes. */
  diskBytes(node: number): number {
    const i = this.#shardOf(node);
    return this.#shards[i]!.blocks[node - this.#base[i]!]! * 512;
  }

  newest(node: number): number {
    const i = this.#shardOf(node);
    return this.#shards[i]!.newest[node - this.#base[i]!]!;
  }

  hasFlag(node: number, flag: number): boolean {
    const i = this.#shardOf(node);
    return (this.#shards[i]!.flags[node - this.#base[i]!]! & flag) !== 0;
  }

  /** Makes a blob at least as young as `seconds`. */
  touch(node: number, seconds: number): void {
    const i = this.#shardOf(node);
    const { newest } = this.#shards[i]!;
    const at = node - this.#base[i]!;
    if (newest[at]! < seconds) newest[at] = seconds;
  }

  /** Digests spread evenly, so the guess is nearly always the shard itself or its neighbour. */
  #shardOf(node: number): number {
    const last = this.#shards.length - 1;
    let i = Math.min(last, Math.floor((node * this.#shards.length) / this.count));
    while (node < this.#base[i]!) i -= 1;
    while (node >= this.#base[i + 1]!) i += 1;
    return i;
  }
}

/**
 * The row of a digest among `count` sorted ones, or -1. Digests spread evenly, so that their next
 * bytes tell about where it is: from there in growing steps, then by halves.
 */
function search(
  digests: Uint8Array,
  count: number,
  width: number,
  bytes: Uint8Array,
  offset: number,
): number {
  const share = ((bytes[offset + 1]! << 8) | bytes[offset + 2]!) / 0x1_0000;
  const guess = Math.floor(share * count);
  let low = 0;
  let high = count - 1;
  let step = 4;
  if (compareAt(digests, guess * width, bytes, offset, width) <= 0) {
    low = guess;
    for (let at = guess + step; at < count; at += step, step *= 2) {
      if (compareAt(digests, at * width, bytes, offset, width) > 0) {
        high = at - 1;
        break;
      }
      low = at;
    }
  } else {
    high = guess - 1;
    for (let at = guess - step; at >= 0; at -= step, step *= 2) {
      if (compareAt(digests, at * width, bytes, offset, width) <= 0) {
        low = at;
        break;
      }
      high = at - 1;
    }
  }
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareAt(digests, middle * width, bytes, offset, width);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function compareAt(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, width: number): number {
  for (let i = 1; i < width; i++) {
    const difference = a[aAt + i]! - b[bAt + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
