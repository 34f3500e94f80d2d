/** A thread of the fingerprint: tasks in, sums out. */
import { parentPort, workerData } from 'node:worker_threads';
import { errnoOf } from '../errors.js';
import { type Known, type WalkTask, walk } from './fingerprint-walk.js';

interface Order {
  readonly tasks: WalkTask[];
  readonly budget: number;
  readonly sinceMs: number;
}

/** What an earlier walk learnt is the same for all orders. */
const { known } = workerData as { readonly known?: Known };

parentPort?.on('message', ({ tasks, budget, sinceMs }: Order) => {
  try {
    parentPort?.postMessage({ result: walk(tasks, budget, sinceMs, known) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const path = (error as { path?: unknown }).path;
    parentPort?.postMessage({ failure: { message, errno: errnoOf(error), path: String(path) } });
  }
});
