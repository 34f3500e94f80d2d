/** Threads that share one queue of folders; what one of them leaves goes to the next that is free. */
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

/** A sweep takes several fingerprints: the later ones find threads that are warm. They hold up no exit. */
const idle: Worker[] = [];

/** Gets each result with the folders that it is of; it adds to the line what they left. */
export type Take = (result: WalkResult, of: readonly WalkTask[]) => void;

/**
 * Walks until nothing is left in the line.
 * @throws RegsweepError `failed` naming the folder that couldn't be read
 */
export async function walkInThreads(
  line: TaskQueue,
  threads: number,
  settings: WalkSettings,
  take: Take,
  signal?: AbortSignal,
): Promise<void> {
  const workers = hire(threads);
  try {
    await run(workers, line, settings, take, signal);
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
  line: TaskQueue,
  settings: WalkSettings,
  take: Take,
  signal: AbortSignal | undefined,
): Promise<void> {
  const free = new Set(workers);
  let timer: NodeJS.Timeout | undefined;
  let giveOut: () => void = () => undefined;
  const walked = new Promise<void>((resolve, reject) => {
    giveOut = (): void => {
      clearTimeout(timer);
      if (signal?.aborted === true) reject(new RegsweepError('interrupted', 'interrupted'));
      for (const worker of free) {
        const tasks = line.share(2 * workers.length, MOST_TASKS, performance.now());
        if (tasks.length === 0) break;
        free.delete(worker);
        ask(
          worker,
          tasks,
          (result) => {
            take(result, tasks);
            free.add(worker);
            giveOut();
          },
          reject,
        );
      }
      if (free.size === workers.length && line.isEmpty) resolve();
      const due = line.nextDue;
      if (due !== undefined) timer = setTimeout(giveOut, Math.max(1, due - performance.now()));
    };
    for (const worker of workers) {
      worker.on('error', reject);
      worker.postMessage(settings);
    }
    signal?.addEventListener('abort', giveOut);
    giveOut();
  });
  return walked.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveOut);
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
    remedy: 'look at that folder: its disk, its mount, its permissions',
  });
}
