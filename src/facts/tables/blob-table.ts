/**
 * The blobs on the disk, stored as columns. A shard contains the blobs of one folder
 * `blobs/<alg>/<xx>`, sorted by digest. The shards are sorted too, so a digest is found by search,
 * without a hash table. The position of a blob in the table is its node number in the graph.
 */
import {
  type Algorithm,
  DIGEST_BYTES,
  type Digest,
  digestFromBytes,
} from '../../storage/digest.js';

export const BLOB_FLAG = {
  /** The blob is behind a symbolic link, or on another filesystem or mount. It is never removed. */
  immovable: 1,
  /** The file has more than one name on the disk (hard links). */
  hardLinked: 2,
  /** `data` is not a regular file. */
  unreadable: 4,
} as const;

export interface BlobShard {
  readonly algorithm: Algorithm;
  /** First byte of every digest in the shard. */
  readonly prefix: number;
  readonly count: number;
  /** Number of entries of the folder, including entries that are not blobs. */
  readonly entries: number;
  /** Raw digests, `count` × digest length bytes, in ascending order. */
  readonly digests: Uint8Array;
  /** Apparent size in bytes. */
  readonly size: Float64Array;
  /** Allocated size in blocks of 512 bytes. */
  readonly blocks: Uint32Array;
  /** Newest known time of each blob, in whole seconds since 1970, rounded up. */
  readonly newest: Uint32Array;
  readonly flags: Uint8Array;
}

const FIRST_KEY: Readonly<Record<Algorithm, number>> = { sha256: 0, sha384: 256, sha512: 512 };
const key = (algorithm: Algorithm, prefix: number): number => FIRST_KEY[algorithm] + prefix;

/** All blobs on the disk. Only their times can change, by `touch`. */
export class BlobTable {
  readonly count: number;
  readonly #shards: readonly BlobShard[];
  readonly #bytes: readonly Buffer[];
  readonly #base: Uint32Array;
  /** Index of the shard, by algorithm and first byte; -1 if there is none. */
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

  /**
   * @returns the node of the digest whose raw bytes start at `offset`, or -1 if it is not on the
   *   disk
   */
  find(algorithm: Algorithm, bytes: Uint8Array, offset: number): number {
    const index = this.#byKey[key(algorithm, bytes[offset]!)]!;
    if (index < 0) return -1;
    const { digests, count } = this.#shards[index]!;
    const row = search(digests, count, DIGEST_BYTES[algorithm], bytes, offset);
    return row < 0 ? -1 : this.#base[index]! + row;
  }

  /** @returns the node of row `at` of `shard`, which must be one of this table's shards */
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

  /**
   * @returns the apparent sizes in bytes, by node; faster than `size` for callers that need most of
   *   them
   */
  sizes(): Float64Array {
    const flat = new Float64Array(this.count);
    this.#shards.forEach(({ size }, i) => {
      flat.set(size, this.#base[i]!);
    });
    return flat;
  }

  /** @returns the allocated size in bytes */
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

  /** Raises the newest known time of a blob to `seconds`, if it is older. */
  touch(node: number, seconds: number): void {
    const i = this.#shardOf(node);
    const { newest } = this.#shards[i]!;
    const at = node - this.#base[i]!;
    if (newest[at]! < seconds) newest[at] = seconds;
  }

  /**
   * The shard of a node. Digests are spread evenly, so the first guess is nearly always the right
   * shard or a neighbour of it.
   */
  #shardOf(node: number): number {
    const last = this.#shards.length - 1;
    let i = Math.min(last, Math.floor((node * this.#shards.length) / this.count));
    while (node < this.#base[i]!) i -= 1;
    while (node >= this.#base[i + 1]!) i += 1;
    return i;
  }
}

/**
 * Interpolation search among `count` sorted digests. Digests are spread evenly, so the second and
 * third byte predict the position. From there, the range is found in growing steps and then by
 * bisection.
 * @returns the row, or -1
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
