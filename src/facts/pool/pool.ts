/**
 * A pool that runs scan tasks in threads with one common queue. The calling thread takes tasks too.
 * With a warm disk cache two threads are fastest. While the CPU is idle (a cold disk), the pool
 * adds threads.
 */
import { availableParallelism } from 'node:os';
import { RegsweepError } from '../../util/errors.js';
import type { ScanContext } from '../scan/context.js';
import { CpuLoad } from './cpu-load.js';
import { IN_FLIGHT, type Job, JobQueue, PoolWorker, runJob, YOUNG_MB } from './pool-worker.js';
import { contextOf, type WorkerSetup } from './setup.js';
import { type ResultOf, runTask, type Task } from './tasks.js';

export interface Pool {
  /** Starts another scan with the same threads, with the mounts as they are now. */
  begin(setup: WorkerSetup): void;
  run<T extends Task>(task: T): Promise<ResultOf<T>>;
  close(): Promise<void>;
}

/**
 * Runs all tasks in the calling thread: for an injected filesystem, and for sources that are not
 * compiled.
 */
class InlinePool implements Pool {
  #context: ScanContext;

  constructor(
    setup: WorkerSetup,
    private readonly reader?: ScanContext['reader'],
  ) {
    this.#context = contextOf(setup, reader);
  }

  begin(setup: WorkerSetup): void {
    this.#context = contextOf(setup, this.reader);
  }

  async run<T extends Task>(task: T): Promise<ResultOf<T>> {
    return runTask(this.#context, task);
  }

  async close(): Promise<void> {}
}

/** Maximum number of added threads in a pool without a fixed size. */
const MAX_THREADS = 8;
const SAMPLE_MS = 100;
/** Below this share of busy cores, the threads are waiting for the disk. */
const IDLE_BELOW = 0.4;
/**
 * For this time the calling thread works alone. A small tree is read before a thread would have
 * started.
 */
const ALONE_MS = 10;
/**
 * If a task takes this long while cores are idle, the calling thread stops taking tasks, so that it
 * does not delay the other threads. On a busy machine the task only waited for CPU time, and an
 * added thread would not help.
 */
const SLOW_TASK_MS = 120;
const BUSY_FROM = 0.8;

class WorkerPool implements Pool {
  readonly #queue = new JobQueue();
  readonly #workers: PoolWorker[] = [];
  #context: ScanContext;
  #startedAt: number | undefined;
  /** The calling thread takes tasks too. */
  #working = true;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #load = new CpuLoad();
  #failure: unknown;
  #closed = false;

  /** @param size fixed number of threads, including the calling one; undefined: the pool grows */
  constructor(
    private setup: WorkerSetup,
    private readonly size: number | undefined,
  ) {
    this.#context = contextOf(setup);
  }

  begin(setup: WorkerSetup): void {
    this.setup = setup;
    this.#context = contextOf(setup);
    for (const worker of this.#workers) worker.begin(setup);
  }

  run<T extends Task>(task: T): Promise<ResultOf<T>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#queue.push({ task, resolve: resolve as Job['resolve'], reject });
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end()));
  }

  /** Schedules a turn after the current event loop turn, when all tasks that it adds are queued. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#runTurn();
    });
  }

  /** Sends work to the threads, then runs one task in the calling thread. */
  #runTurn(): void {
    this.#startedAt ??= performance.now();
    if (performance.now() - this.#startedAt >= ALONE_MS) this.#startFirst();
    this.#feed();
    if (!this.#working) return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    const before = performance.now();
    runJob(this.#context, job);
    if (performance.now() - before > SLOW_TASK_MS && this.#wanted > 1) {
      if (this.#load.sample() < BUSY_FROM) this.#stopWorking();
    }
    this.#schedule();
  }

  get #wanted(): number {
    return this.size ?? Math.min(2, availableParallelism());
  }

  #startFirst(): void {
    if (this.#timer !== undefined || this.#queue.waiting === 0) return;
    this.#startWanted();
    this.#timer = setInterval(() => this.#grow(), SAMPLE_MS);
    this.#timer.unref();
  }

  /** Starts at most one thread per waiting task. */
  #startWanted(): void {
    const wanted = Math.min(this.#wanted - 1, this.#queue.waiting);
    while (this.#workers.length < wanted) this.#startWorker();
  }

  #stopWorking(): void {
    this.#working = false;
    this.#startFirst();
    this.#startWorker();
  }

  #grow(): void {
    const busy = this.#load.sample();
    this.#startWanted();
    const many = this.#queue.waiting > this.#workers.length;
    if (
      this.size === undefined &&
      busy < IDLE_BELOW &&
      many &&
      this.#workers.length < MAX_THREADS
    ) {
      this.#startWorker();
    }
  }

  #startWorker(): void {
    const onReply = () => this.#feed();
    const youngMb = this.#workers.length === 0 ? YOUNG_MB.busy : YOUNG_MB.waiting;
    this.#workers.push(new PoolWorker(this.setup, youngMb, onReply, (cause) => this.#fail(cause)));
    this.#feed();
  }

  #fail(cause: unknown): void {
    this.#failure = new RegsweepError('failed', `a scan thread failed: ${String(cause)}`, {
      cause,
    });
    for (const worker of this.#workers) worker.reject(this.#failure);
    this.#queue.reject(this.#failure);
  }

  #feed(): void {
    const threads = this.#workers.length + (this.#working ? 1 : 0);
    for (let depth = 0; depth < IN_FLIGHT; depth++) {
      for (const worker of this.#workers) {
        if (worker.messages <= depth && this.#queue.waiting > 0) {
          worker.send(this.#queue.share(threads * IN_FLIGHT * 2));
        }
      }
    }
  }
}

/** @param reader an injected filesystem; undefined: the real disk, in threads */
export function openPool(
  setup: WorkerSetup,
  concurrency: number | undefined,
  reader?: ScanContext['reader'],
): Pool {
  const built = !import.meta.url.endsWith('.ts');
  if (reader === undefined && built) return new WorkerPool(setup, concurrency);
  return new InlinePool(setup, reader);
}
