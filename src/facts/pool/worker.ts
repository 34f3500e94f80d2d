/** A worker thread. It runs scan tasks one after another, with synchronous calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { contextOf, type WorkerSetup } from './setup.js';
import { runTask, type Task } from './tasks.js';

export interface Request {
  readonly id: number;
  readonly task: Task;
}

let context = contextOf(workerData as WorkerSetup);

export type WorkerReply =
  | { readonly id: number; readonly result: object }
  | { readonly id: number; readonly error: unknown };

/**
 * A message contains several tasks, and the reply contains their results, because each message has
 * a fixed cost.
 */
parentPort!.on('message', (message: readonly Request[] | WorkerSetup) => {
  if ('base' in message) context = contextOf(message);
  else answer(message);
});

function answer(requests: readonly Request[]): void {
  const buffers = new Set<ArrayBuffer>();
  const replies = requests.map(({ id, task }): WorkerReply => {
    try {
      const result = runTask(context, task);
      collectBuffers(result, buffers);
      return { id, result };
    } catch (error) {
      return { id, error };
    }
  });
  parentPort!.postMessage(replies, [...buffers]);
}

/** The array buffers of a result. They are moved to the main thread, not copied. */
function collectBuffers(result: object, buffers: Set<ArrayBuffer>): void {
  const { shards = [] } = result as { shards?: readonly object[] };
  for (const part of [result, ...shards]) {
    for (const value of Object.values(part)) {
      if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer)
        buffers.add(value.buffer);
    }
  }
}
