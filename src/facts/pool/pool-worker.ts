/** A worker thread of the pool, and the queue of tasks. */
import type { Worker } from 'node:worker_threads';
import { heapLimits } from '../../runtime/heap.js';
import { startThread } from '../../runtime/threads.js';
import type { ScanContext } from '../scan/context.js';
import type { WorkerSetup } from './setup.js';
import { runTask, type Task } from './tasks.js';
import type { Request, WorkerReply } from './worker.js';

/**
 * Messages in progress per worker. A second one waits, so that no worker is idle while a result is
 * on its way.
 */
export const IN_FLIGHT = 2;
/** Maximum number of tasks in one message. */
const MAX_TASKS_PER_MESSAGE = 8;
/**
 * Size of the young generation of a worker's heap, in MB. A scan allocates short-lived objects, so
 * a large young generation saves time while the CPU is the limit. Threads that were added to wait
 * for a disk have time for garbage collection, and must not use much memory. The command line sets
 * lower limits.
 */
export const YOUNG_MB = { busy: 12, waiting: 4 } as const;

export interface Job {
  readonly task: Task;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs a job in the calling thread. */
export function runJob(context: ScanContext, { task, resolve, reject }: Job): void {
  try {
    resolve(runTask(context, task) as never);
  } catch (error) {
    reject(error);
  }
}

/**
 * A first-in-first-out queue that rarely moves its elements. It keeps no reference to a job that
 * was taken, because a job refers to its result.
 */
class Lane {
  readonly #jobs: (Job | undefined)[] = [];
  #taken = 0;

  get waiting(): number {
    return this.#jobs.length - this.#taken;
  }

  push(job: Job): void {
    this.#jobs.push(job);
  }

  shift(): Job | undefined {
    if (this.waiting === 0) return undefined;
    if (this.#taken > 1024) {
      this.#jobs.splice(0, this.#taken);
      this.#taken = 0;
    }
    const job = this.#jobs[this.#taken];
    this.#jobs[this.#taken++] = undefined;
    return job;
  }
}

/**
 * Two queues: one for blob tasks, one for all others. The calling thread and the workers start with
 * different ones, so each needs to compile only half of the code at first.
 */
export class JobQueue {
  readonly #blobs = new Lane();
  readonly #rest = new Lane();

  get waiting(): number {
    return this.#blobs.waiting + this.#rest.waiting;
  }

  push(job: Job): void {
    (job.task.type === 'blobs' ? this.#blobs : this.#rest).push(job);
  }

  /** Takes a job for the calling thread. */
  shift(): Job | undefined {
    return this.#blobs.shift() ?? this.#rest.shift();
  }

  /** Takes about 1/`parts` of the waiting jobs, so that the last tasks are spread evenly. */
  share(parts: number): Job[] {
    const lane = this.#rest.waiting > 0 ? this.#rest : this.#blobs;
    const jobs: Job[] = [];
    for (let i = Math.min(Math.ceil(lane.waiting / parts), MAX_TASKS_PER_MESSAGE); i > 0; i--) {
      jobs.push(lane.shift()!);
    }
    return jobs;
  }

  reject(error: unknown): void {
    for (let job = this.shift(); job !== undefined; job = this.shift()) job.reject(error);
  }
}

export class PoolWorker {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Job>();
  #nextId = 0;
  /** Number of messages without a reply. */
  messages = 0;

  /** @param youngMb size of the heap's young generation, in MB */
  constructor(
    setup: WorkerSetup,
    youngMb: number,
    onReply: () => void,
    onError: (cause: unknown) => void,
  ) {
    this.#worker = startThread('facts', {
      workerData: setup,
      resourceLimits: heapLimits(youngMb),
    });
    this.#worker.on('message', (replies: readonly WorkerReply[]) => {
      this.messages -= 1;
      onReply();
      for (const reply of replies) this.#settle(reply);
    });
    this.#worker.on('error', onError);
    this.#worker.unref();
  }

  begin(setup: WorkerSetup): void {
    this.#worker.postMessage(setup);
  }

  send(jobs: readonly Job[]): void {
    const requests = jobs.map((job): Request => {
      const id = this.#nextId++;
      this.#jobs.set(id, job);
      return { id, task: job.task };
    });
    this.messages += 1;
    this.#worker.ref();
    this.#worker.postMessage(requests);
  }

  reject(error: unknown): void {
    for (const job of this.#jobs.values()) job.reject(error);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(reply: WorkerReply): void {
    const job = this.#jobs.get(reply.id)!;
    this.#jobs.delete(reply.id);
    if ('error' in reply) job.reject(reply.error);
    else job.resolve(reply.result as never);
  }
}
