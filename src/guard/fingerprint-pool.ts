/** Threads that share one queue of folders; what one of them leaves goes to the next that is free. */
import type { Worker } from 'node:worker_threads';
import { RegsweepError } from '../errors.js';
import { startThread } from '../threads.js';
import type { WalkResult, WalkTask } from './fingerprint-walk.js';
import type { Order, WalkSettings } from './fingerprint-worker.js';

const BUDGET = 20_000;
const MOST_TASKS = 256;

interface Answer {
  readonly result?: WalkResult;
  readonly failure?: { readonly message: string; readonly path: string };
}

/** A sweep takes several fingerprints: the later ones find threads that are warm. They hold up no exit. */
const idle: Worker[] = [];

/**
 * Walks `queue` until nothing is left. `take` gets each result and may add to the queue.
 * @throws RegsweepError `failed` naming the folder that couldn't be read
 */
export async function walkInThreads(
  queue: WalkTask[],
  threads: number,
  settings: WalkSettings,
  take: (result: WalkResult) => void,
  signal?: AbortSignal,
): Promise<void> {
  const workers = hire(threads);
  try {
    await run(workers, queue, settings, take, signal);
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw error;
  }
  for (const worker of workers) rest(worker);
}

function rest(worker: Worker): void {
  forget(worker);
  worker.once('error', () => idle.splice(idle.indexOf(worker), 1));
  worker.unref();
  idle.push(worker);
}

function hire(threads: number): Worker[] {
  const workers = idle.splice(0, threads);
  for (const worker of workers) {
    forget(worker);
    worker.ref();
  }
  while (workers.length < threads) workers.push(startThread('fingerprint'));
  return workers;
}

/** Our own listeners only: a worker has some of its own, without which it stays deaf. */
function forget(worker: Worker): void {
  worker.removeAllListeners('message');
  worker.removeAllListeners('error');
}

function run(
  workers: readonly Worker[],
  queue: WalkTask[],
  settings: WalkSettings,
  take: (result: WalkResult) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const free = new Set(workers);
  return new Promise<void>((resolve, reject) => {
    const giveOut = (): void => {
      if (signal?.aborted === true) reject(new RegsweepError('interrupted', 'interrupted'));
      for (const worker of free) {
        if (queue.length === 0) break;
        const share = Math.min(MOST_TASKS, Math.ceil(queue.length / (2 * workers.length)));
        const order: Order = { tasks: queue.splice(-share), budget: BUDGET };
        worker.postMessage(order);
        free.delete(worker);
      }
      if (free.size === workers.length) resolve();
    };
    for (const worker of workers) {
      worker.on('error', reject);
      worker.on('message', (answer: Answer) => {
        if (answer.result === undefined) return reject(failureOf(answer));
        try {
          take(answer.result);
        } catch (error) {
          return reject(error);
        }
        queue.push(...answer.result.rest);
        free.add(worker);
        giveOut();
      });
      worker.postMessage(settings);
    }
    giveOut();
  });
}

function failureOf({ failure }: Answer): RegsweepError {
  return new RegsweepError('failed', `the tree can't be read: ${failure?.message}`, {
    path: failure?.path ?? '',
    remedy: 'look at that folder: its disk, its mount, its permissions',
  });
}
