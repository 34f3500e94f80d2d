/**
 * The additive hash of a tree: 128 bits for each entry's identity and times, added in four lanes of
 * 32 bits. The order of entries doesn't matter, and entries can be subtracted again.
 *
 * The seeds are random, known to this process only, and part of every step. So no writer can work
 * out times and sizes with which its changes cancel each other out.
 */
import { randomFillSync } from 'node:crypto';

export interface EntryIdentity {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export const LANES = 4;

const numbers = new Float64Array(5);
const words = new Uint32Array(numbers.buffer);
let seeds: Uint32Array = randomFillSync(new Uint32Array(LANES));

/** The seeds of this process. Hashes by other seeds can't be compared. */
export const hashSeeds = (): Uint32Array => seeds;

/** For the threads of a process, which share its seeds. */
export function setHashSeeds(shared: Uint32Array): void {
  seeds = shared;
}

/** Adds one entry's hash to the four lanes at `offset`, and to those at `also` if given. */
export function addEntry(
  sums: Uint32Array,
  offset: number,
  entry: EntryIdentity,
  also?: number,
): void {
  numbers[0] = entry.dev;
  numbers[1] = entry.ino;
  numbers[2] = entry.size;
  numbers[3] = entry.mtimeMs;
  numbers[4] = entry.ctimeMs;
  for (let lane = 0; lane < LANES; lane++) {
    const hash = mix(seeds[lane]!);
    sums[offset + lane] = (sums[offset + lane]! + hash) >>> 0;
    if (also !== undefined) sums[also + lane] = (sums[also + lane]! + hash) >>> 0;
  }
}

/** Murmur3 over the ten words of the five numbers, each with the seed added. */
function mix(seed: number): number {
  let h = seed;
  for (let i = 0; i < 10; i++) {
    let k = Math.imul(words[i]! + seed, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The hash of one entry: four 32-bit lanes. */
export function entryHash(entry: EntryIdentity): Uint32Array {
  const sums = new Uint32Array(LANES);
  addEntry(sums, 0, entry);
  return sums;
}

/** Adds `part` lane by lane, or subtracts it with `sign` -1. */
export function addLanes(sums: Uint32Array, part: ArrayLike<number>, sign: 1 | -1 = 1): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i]! + sign * part[i]!) >>> 0;
}
