/** Decides how many items are moved between two checks of the guard and of signals. */

/** Number of items of the first batch: about a second of work on a slow disk. */
export const BATCH_SIZE = 1000;

/** Largest batch on any disk. It limits the memory, and the number of items of a rollback. */
const LARGEST = 16_000;
/** Wanted duration of a batch. Nothing is awaited while its items are moved. */
const WANTED_MS = 500;

/**
 * The size of the next batch. Each check of the guard reads all of /proc, so on a fast disk larger
 * batches save most of the time of a run. A batch is at most twice as large as the one before, and
 * as large as the speed of that one allows within the wanted duration, but not below `BATCH_SIZE`.
 */
export class BatchPace {
  #next = BATCH_SIZE;

  /** @param fixed size of every batch, for tests */
  constructor(private readonly fixed?: number | undefined) {}

  /** Number of items of the next batch. */
  get size(): number {
    return this.fixed ?? this.#next;
  }

  /** Runs `work`, which moves a batch, and records how long it takes. */
  async run<T>(items: number, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    const result = await work();
    this.learn(items, performance.now() - begin);
    return result;
  }

  /** Records that a batch of `items` took `ms` milliseconds. */
  learn(items: number, ms: number): void {
    // The last, smaller batch of a kind doesn't show the speed of a full one.
    if (items < this.#next && ms < WANTED_MS) return;
    const fitting = Math.floor((items * WANTED_MS) / Math.max(ms, 1));
    this.#next = Math.max(BATCH_SIZE, Math.min(fitting, 2 * items, LARGEST));
  }
}
