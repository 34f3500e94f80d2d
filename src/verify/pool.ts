/** Threads that verify batches of blobs. A free thread gets the next batch. */

import { startThread } from '../runtime/threads.js';
import { RegsweepError } from '../util/errors.js';
import type { VerifyAnswer, VerifySetup, VerifyTask } from './types.js';

/**
 * Batches in progress per thread. A second one waits, so that no thread is idle while answers are
 * on their way.
 */
const IN_FLIGHT = 2;

export interface VerifyBatch {
  readonly nodes: readonly number[];
  readonly tasks: readonly VerifyTask[];
}

/**
 * Verifies all batches.
 * @param take gets the answers to a batch, in the order of its nodes
 * @throws RegsweepError `failed` when a thread dies
 */
export function verifyInThreads(
  setup: VerifySetup,
  threads: number,
  batches: Iterator<VerifyBatch>,
  take: (nodes: readonly number[], answers: readonly VerifyAnswer[]) => void,
): Promise<void> {
  const workers = Array.from({ length: threads }, () =>
    startThread('verify', { workerData: setup }),
  );
  let busy = 0;
  const done = new Promise<void>((resolve, reject) => {
    const waiting = new Map(workers.map((worker) => [worker, [] as VerifyBatch[]]));
    const feed = (worker: (typeof workers)[number]): void => {
      const queue = waiting.get(worker)!;
      while (queue.length < IN_FLIGHT) {
        const next = batches.next();
        if (next.done === true) break;
        queue.push(next.value);
        busy += 1;
        worker.postMessage(next.value.tasks);
      }
      if (busy === 0) resolve();
    };
    for (const worker of workers) {
      worker.on('error', (cause) => reject(died(cause)));
      worker.on('message', (answers: readonly VerifyAnswer[]) => {
        const { nodes } = waiting.get(worker)!.shift()!;
        busy -= 1;
        try {
          take(nodes, answers);
          feed(worker);
        } catch (error) {
          reject(error);
        }
      });
    }
    for (const worker of workers) feed(worker);
  });
  return done.finally(() => Promise.all(workers.map((worker) => worker.terminate())));
}

const died = (cause: unknown): RegsweepError =>
  new RegsweepError('failed', `a verification thread failed: ${String(cause)}`, { cause });
