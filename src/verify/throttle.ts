/**
 * State shared by the verifying threads: bytes done, a stop flag, and the time of the next read.
 * The rate limit applies to all threads together: each read reserves its time on a common time
 * line.
 */

const DONE = 0;
const NEXT_NS = 1;
const STOP = 4;

export const makeShared = (): SharedArrayBuffer => new SharedArrayBuffer(24);

export class Shared {
  readonly #wide: BigInt64Array<SharedArrayBuffer>;
  readonly #narrow: Int32Array<SharedArrayBuffer>;

  constructor(readonly buffer: SharedArrayBuffer) {
    this.#wide = new BigInt64Array(buffer, 0, 2);
    this.#narrow = new Int32Array(buffer);
  }

  /** Bytes that were read, or need not be read. */
  get doneBytes(): number {
    return Number(Atomics.load(this.#wide, DONE));
  }

  addDone(bytes: number): void {
    Atomics.add(this.#wide, DONE, BigInt(bytes));
  }

  get stopped(): boolean {
    return Atomics.load(this.#narrow, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.#narrow, STOP, 1);
    Atomics.notify(this.#narrow, STOP);
  }

  /** Waits until `bytes` more may be read. Unused time is not accumulated. */
  admit(bytes: number, bytesPerSecond: number): void {
    const cost = BigInt(Math.ceil((bytes * 1e9) / bytesPerSecond));
    for (;;) {
      const now = process.hrtime.bigint();
      const next = Atomics.load(this.#wide, NEXT_NS);
      const start = next > now ? next : now;
      if (Atomics.compareExchange(this.#wide, NEXT_NS, next, start + cost) !== next) continue;
      const waitMs = Number(start - now) / 1e6;
      if (waitMs > 0) Atomics.wait(this.#narrow, STOP, 0, waitMs);
      return;
    }
  }
}
