/**
 * Runs scan tasks in threads that take their work from one queue; this thread is one of them. While
 * the CPU idles (a cold disk) the pool grows by itself; with a warm cache two threads are fastest.
 */
import { availableParallelism, cpus } from 'node:os';
import { RegsweepError } from '../../util/errors.js';
import type { ScanContext } from '../scan/context.js';
import { IN_FLIGHT, type Job, JobQueue, PoolWorker, runJob, YOUNG_MB } from './pool-worker.js';
import { contextOf, type WorkerSetup } from './setup.js';
import { type ResultOf, runTask, type Task } from './tasks.js';

export interface Pool {
  /** A new look with the same threads: what was mounted meanwhile counts from here on. */
  begin(setup: WorkerSetup): void;
  run<T extends Task>(task: T): Promise<ResultOf<T>>;
  close(): Promise<void>;
}

/** Runs everything in this thread: for an injected filesystem, and from sources that aren't built. */
export class InlinePool implements Pool {
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

/** Most threads the pool grows to by itself. */
const MOST = 8;
const SAMPLE_MS = 100;
/** Below this share of busy cores, threads are waiting for the disk. */
const IDLE_BELOW = 0.4;
/** This thread works alone for so long: a small tree is read before another thread has started. */
const ALONE_MS = 10;
/**
 * Once a task takes so long while cores idle, this thread only hands out: it must not keep the
 * others waiting for a disk. On a busy machine it was only waiting for its turn, and one more
 * thread would have to get warm first.
 */
const SLOW_TASK_MS = 120;
const BUSY_FROM = 0.8;

/** Time that a core of this machine spent computing: others' work is no reason to grow. */
function systemBusyMs(): number {
  const all = cpus();
  const busy = all.reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
  return busy / all.length;
}

export class WorkerPool implements Pool {
  readonly #queue = new JobQueue();
  readonly #workers: PoolWorker[] = [];
  #context: ScanContext;
  #begun: number | undefined;
  /** This thread takes tasks too. */
  #working = true;
  #scheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #busyMs = systemBusyMs();
  #sampledAt = performance.now();
  #failure: unknown;
  #closed = false;

  /** @param size fixed number of threads, this one among them; undefined: grows by itself */
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
      this.#goOn();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await Promise.all(this.#workers.splice(0).map((worker) => worker.end()));
  }

  /** After the current turn, when all that it asks for is in the queue. */
  #goOn(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#turn();
    });
  }

  /** Gives the others enough, then does one task itself. */
  #turn(): void {
    this.#begun ??= performance.now();
    if (performance.now() - this.#begun >= ALONE_MS) this.#hireFirst();
    this.#feed();
    if (!this.#working) return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    const before = performance.now();
    runJob(this.#context, job);
    if (performance.now() - before > SLOW_TASK_MS && this.#wanted > 1) {
      if (this.#sampleBusy() < BUSY_FROM) this.#stopWorking();
    }
    this.#goOn();
  }

  get #wanted(): number {
    return this.size ?? Math.min(2, availableParallelism());
  }

  #hireFirst(): void {
    if (this.#timer !== undefined || this.#queue.waiting === 0) return;
    this.#hireWanted();
    this.#timer = setInterval(() => this.#grow(), SAMPLE_MS);
    this.#timer.unref();
  }

  /** No more than there is work for. */
  #hireWanted(): void {
    const wanted = Math.min(this.#wanted - 1, this.#queue.waiting);
    while (this.#workers.length < wanted) this.#hire();
  }

  #stopWorking(): void {
    this.#working = false;
    this.#hireFirst();
    this.#hire();
  }

  /** Share of busy cores since the last sample. */
  #sampleBusy(): number {
    const now = performance.now();
    const busyMs = systemBusyMs();
    const busy = (busyMs - this.#busyMs) / (now - this.#sampledAt);
    this.#busyMs = busyMs;
    this.#sampledAt = now;
    return busy;
  }

  #grow(): void {
    const busy = this.#sampleBusy();
    this.#hireWanted();
    const many = this.#queue.waiting > this.#workers.length;
    if (this.size === undefined && busy < IDLE_BELOW && many && this.#workers.length < MOST) {
      this.#hire();
    }
  }

  #hire(): void {
    const onReply = () => this.#feed();
    const youngMb = this.#workers.length === 0 ? YOUNG_MB.busy : YOUNG_MB.waiting;
    this.#workers.push(new PoolWorker(this.setup, youngMb, onReply, (cause) => this.#fail(cause)));
    this.#feed();
  }

  #fail(cause: unknown): void {
    this.#failure = new RegsweepError('failed', `a scan thread died: ${String(cause)}`, { cause });
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

/** @param reader an injected filesystem; the real disk, in threads, where it is undefined */
export function openPool(
  setup: WorkerSetup,
  concurrency: number | undefined,
  reader?: ScanContext['reader'],
): Pool {
  const built = !import.meta.url.endsWith('.ts');
  if (reader === undefined && built) return new WorkerPool(setup, concurrency);
  return new InlinePool(setup, reader);
}
