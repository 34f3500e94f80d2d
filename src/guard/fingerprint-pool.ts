/** Threads that share one queue of folders; what one of them leaves goes to the next that is free. */
import { RegsweepError } from '../errors.js';
import { startThread } from '../threads.js';
import type { Known, WalkResult, WalkTask } from './fingerprint-walk.js';

const BUDGET = 20_000;
const MOST_TASKS = 256;

interface Answer {
  readonly result?: WalkResult;
  readonly failure?: { readonly message: string; readonly path: string };
}

/**
 * Walks `queue` until nothing is left. `take` gets each result and may add to the queue.
 * @throws RegsweepError `failed` naming the folder that couldn't be read
 */
export function walkInThreads(
  queue: WalkTask[],
  threads: number,
  { sinceMs, known }: { readonly sinceMs: number; readonly known?: Known | undefined },
  take: (result: WalkResult) => void,
  signal?: AbortSignal,
): Promise<void> {
  const workers = Array.from({ length: threads }, () =>
    startThread('fingerprint', { workerData: { known } }),
  );
  const idle = new Set(workers);
  const run = new Promise<void>((resolve, reject) => {
    const giveOut = (): void => {
      if (signal?.aborted === true) reject(new RegsweepError('interrupted', 'interrupted'));
      for (const worker of idle) {
        if (queue.length === 0) break;
        const share = Math.min(MOST_TASKS, Math.ceil(queue.length / (2 * threads)));
        worker.postMessage({ tasks: queue.splice(-share), budget: BUDGET, sinceMs });
        idle.delete(worker);
      }
      if (idle.size === workers.length) resolve();
    };
    for (const worker of workers) {
      worker.on('error', reject);
      worker.on('message', (answer: Answer) => {
        if (answer.result === undefined) return reject(failureOf(answer));
        take(answer.result);
        queue.push(...answer.result.rest);
        idle.add(worker);
        giveOut();
      });
    }
    giveOut();
  });
  return run.finally(() => Promise.all(workers.map((worker) => worker.terminate())));
}

function failureOf({ failure }: Answer): RegsweepError {
  return new RegsweepError('failed', `the tree can't be read: ${failure?.message}`, {
    path: failure?.path ?? '',
    remedy: 'look at that folder: its disk, its mount, its permissions',
  });
}
