/** A worker thread: runs scan tasks with synchronous calls, one after another. */
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

/** Several tasks come, and their results go, in one message: each has its price. */
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

/** The array buffers of a result: moved to the main thread, not copied. */
function collectBuffers(result: object, buffers: Set<ArrayBuffer>): void {
  const { shards = [] } = result as { shards?: readonly object[] };
  for (const part of [result, ...shards]) {
    for (const value of Object.values(part)) {
      if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer)
        buffers.add(value.buffer);
    }
  }
}
