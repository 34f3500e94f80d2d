/**
 * A pool of threads with one queue of folders. A thread's unfinished folders go to the next free
 * one.
 */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../runtime/threads.js';
import { RegsweepError } from '../../util/errors.js';
import type { TaskQueue } from './quiet-window.js';
import type { WalkResult, WalkTask } from './walk.js';
import type { Order, WalkSettings } from './worker.js';

const BUDGET = 20_000;
const MOST_TASKS = 256;

interface Answer {
  readonly result?: WalkResult;
  readonly failure?: { readonly message: string; readonly path: string };
}

/** Threads are reused, since a sweep takes several fingerprints. Idle ones don't delay the exit. */
const idle: Worker[] = [];

export const hasIdleThreads = (): boolean => idle.length > 0;

/**
 * Receives each result with the folders that it covers, and adds the unfinished ones to the queue.
 */
export type Take = (result: WalkResult, of: readonly WalkTask[]) => void;

/**
 * Walks until the queue is empty.
 * @throws RegsweepError `failed` with the folder that couldn't be read; `interrupted` on the signal
 */
export async function walkInThreads(
  queue: TaskQueue,
  threads: number,
  settings: WalkSettings,
  take: Take,
  signal?: AbortSignal,
): Promise<void> {
  const workers = takeWorkers(threads);
  try {
    await run(workers, queue, settings, take, signal);
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw error;
  }
  for (const worker of workers) release(worker);
}

function release(worker: Worker): void {
  removeListeners(worker);
  worker.once('error', () => idle.splice(idle.indexOf(worker), 1));
  worker.unref();
  idle.push(worker);
}

function takeWorkers(threads: number): Worker[] {
  const workers = idle.splice(0, threads);
  for (const worker of workers) {
    removeListeners(worker);
    worker.ref();
  }
  while (workers.length < threads) workers.push(startThread('fingerprint'));
  return workers;
}

/** Removes only our own listeners: without Node's internal ones a worker gets no messages. */
function removeListeners(worker: Worker): void {
  worker.removeAllListeners('message');
  worker.removeAllListeners('error');
}

function run(
  workers: readonly Worker[],
  queue: TaskQueue,
  settings: WalkSettings,
  take: Take,
  signal: AbortSignal | undefined,
): Promise<void> {
  const free = new Set(workers);
  let timer: NodeJS.Timeout | undefined;
  let dispatch: () => void = () => undefined;
  const walked = new Promise<void>((resolve, reject) => {
    dispatch = (): void => {
      clearTimeout(timer);
      if (signal?.aborted === true) reject(new RegsweepError('interrupted', 'interrupted'));
      for (const worker of free) {
        const tasks = queue.share(2 * workers.length, MOST_TASKS, performance.now());
        if (tasks.length === 0) break;
        free.delete(worker);
        ask(
          worker,
          tasks,
          (result) => {
            take(result, tasks);
            free.add(worker);
            dispatch();
          },
          reject,
        );
      }
      if (free.size === workers.length && queue.isEmpty) resolve();
      const due = queue.nextDue;
      if (due !== undefined) timer = setTimeout(dispatch, Math.max(1, due - performance.now()));
    };
    for (const worker of workers) {
      worker.on('error', reject);
      worker.postMessage(settings);
    }
    signal?.addEventListener('abort', dispatch);
    dispatch();
  });
  return walked.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', dispatch);
  });
}

function ask(
  worker: Worker,
  tasks: WalkTask[],
  onResult: (result: WalkResult) => void,
  onError: (error: unknown) => void,
): void {
  worker.once('message', (answer: Answer) => {
    try {
      if (answer.result === undefined) throw failureOf(answer);
      onResult(answer.result);
    } catch (error) {
      onError(error);
    }
  });
  const order: Order = { tasks, budget: BUDGET };
  worker.postMessage(order);
}

function failureOf({ failure }: Answer): RegsweepError {
  return new RegsweepError('failed', `the tree can't be read: ${failure?.message}`, {
    path: failure?.path ?? '',
    remedy: 'check that folder: its disk, its mount and its permissions',
  });
}
