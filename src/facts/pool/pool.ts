/**
 * Runs scan tasks in worker threads that take their work from one queue. While the CPU idles
 * (a cold disk) the pool grows by itself; with a warm cache two threads are fastest.
 */
import { availableParallelism, cpus } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { RegsweepError } from '../../errors.js';
import { DiskReader } from '../../storage/disk.js';
import { startThread } from '../../threads.js';
import type { ScanContext } from '../scan/context.js';
import { type ResultOf, runTask, type Task } from './tasks.js';
import type { Reply, Request, WorkerSetup } from './worker.js';

export interface Pool {
  run<T extends Task>(task: T): Promise<ResultOf<T>>;
  close(): Promise<void>;
}

/** Runs everything in this thread: for an injected filesystem, and from sources that aren't built. */
export class InlinePool implements Pool {
  constructor(private readonly context: ScanContext) {}

  async run<T extends Task>(task: T): Promise<ResultOf<T>> {
    return runTask(this.context, task);
  }

  async close(): Promise<void> {}
}

/** Most threads the pool grows to by itself. */
const MOST = 8;
const SAMPLE_MS = 100;
/** Below this share of busy cores, threads are waiting for the disk. */
const IDLE_BELOW = 0.4;
/** A second message waits at each worker, so that none idles while a result is on its way. */
const IN_FLIGHT = 2;
/** Tasks that go in one message, at most. */
const BUNDLE = 8;

/** Time that all processes of this machine spent computing: others' work is no reason to grow. */
function systemBusyMs(): number {
  return cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
}

interface Job {
  readonly task: Task;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Hand {
  readonly worker: Worker;
  readonly jobs: Map<number, Job>;
  /** Messages under way. */
  messages: number;
}

function settle(hand: Hand, reply: Reply): void {
  const job = hand.jobs.get(reply.id)!;
  hand.jobs.delete(reply.id);
  if ('error' in reply) job.reject(reply.error);
  else job.resolve(reply.result as never);
}

export class WorkerPool implements Pool {
  readonly #queue: Job[] = [];
  #taken = 0;
  readonly #hands: Hand[] = [];
  #nextId = 0;
  #timer: NodeJS.Timeout | undefined;
  #busyMs = systemBusyMs();
  #sampledAt = performance.now();
  #failure: unknown;
  #feeding = false;

  /** @param size fixed number of threads; undefined: grows by itself */
  constructor(
    private readonly setup: WorkerSetup,
    private readonly size: number | undefined,
  ) {}

  run<T extends Task>(task: T): Promise<ResultOf<T>> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#queue.push({ task, resolve: resolve as Job['resolve'], reject });
      if (this.#hands.length === 0) this.#start();
      this.#feedSoon();
    });
  }

  /** After the current turn, when all that it asks for is in the queue. */
  #feedSoon(): void {
    if (this.#feeding) return;
    this.#feeding = true;
    queueMicrotask(() => {
      this.#feeding = false;
      this.#feed();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#hands.splice(0).map(({ worker }) => worker.terminate()));
  }

  #start(): void {
    const first = this.size ?? Math.min(2, availableParallelism());
    for (let i = 0; i < first; i++) this.#hire();
    if (this.size !== undefined) return;
    this.#timer = setInterval(() => this.#grow(), SAMPLE_MS);
    this.#timer.unref();
  }

  #grow(): void {
    const now = performance.now();
    const busyMs = systemBusyMs();
    const busy = (busyMs - this.#busyMs) / (now - this.#sampledAt) / cpus().length;
    this.#busyMs = busyMs;
    this.#sampledAt = now;
    const waiting = this.#queue.length - this.#taken;
    if (busy < IDLE_BELOW && waiting > this.#hands.length && this.#hands.length < MOST)
      this.#hire();
  }

  #hire(): void {
    const worker = startThread('facts', {
      workerData: this.setup,
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    const hand: Hand = { worker, jobs: new Map(), messages: 0 };
    worker.on('message', (replies: readonly Reply[]) => {
      hand.messages -= 1;
      this.#feed();
      for (const reply of replies) settle(hand, reply);
    });
    worker.on('error', (cause) => this.#fail(cause));
    worker.unref();
    this.#hands.push(hand);
  }

  #fail(cause: unknown): void {
    this.#failure = new RegsweepError('failed', `a scan thread died: ${String(cause)}`, { cause });
    for (const { jobs } of this.#hands) for (const job of jobs.values()) job.reject(this.#failure);
    for (const job of this.#queue.splice(0).slice(this.#taken)) job.reject(this.#failure);
    this.#taken = 0;
  }

  /** A share of what waits, so that the last tasks are spread evenly. */
  #send(hand: Hand): void {
    const waiting = this.#queue.length - this.#taken;
    const share = Math.ceil(waiting / (this.#hands.length * IN_FLIGHT * 2));
    const requests: Request[] = [];
    for (let i = Math.min(share, BUNDLE); i > 0; i--) {
      const job = this.#queue[this.#taken++]!;
      const id = this.#nextId++;
      hand.jobs.set(id, job);
      requests.push({ id, task: job.task });
    }
    hand.messages += 1;
    hand.worker.ref();
    hand.worker.postMessage(requests);
  }

  #feed(): void {
    for (let depth = 0; depth < IN_FLIGHT; depth++) {
      for (const hand of this.#hands) {
        if (hand.messages <= depth && this.#taken < this.#queue.length) this.#send(hand);
      }
    }
    if (this.#taken > 1024) {
      this.#queue.splice(0, this.#taken);
      this.#taken = 0;
    }
  }
}

/** @param reader an injected filesystem; the real disk, in threads, where it is undefined */
export function openPool(
  setup: WorkerSetup,
  concurrency: number | undefined,
  reader?: ScanContext['reader'],
): Pool {
  const { base, ...rest } = setup;
  const built = !import.meta.url.endsWith('.ts');
  if (reader === undefined && built) return new WorkerPool(setup, concurrency);
  return new InlinePool({ ...rest, reader: reader ?? new DiskReader(base) });
}
