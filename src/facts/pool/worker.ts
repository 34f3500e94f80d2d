/** A worker thread: runs scan tasks with synchronous calls, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { DiskReader } from '../../storage/disk.js';
import type { ScanContext } from '../scan/context.js';
import { runTask, type Task } from './tasks.js';

export interface WorkerSetup extends Omit<ScanContext, 'reader'> {
  readonly base: string;
}

export interface Request {
  readonly id: number;
  readonly task: Task;
}

const { base, ...rest } = workerData as WorkerSetup;
const context: ScanContext = { ...rest, reader: new DiskReader(base) };

parentPort!.on('message', ({ id, task }: Request) => {
  try {
    const result = runTask(context, task);
    parentPort!.postMessage({ id, result }, buffersOf(result));
  } catch (error) {
    parentPort!.postMessage({ id, error });
  }
});

/** The array buffers of a result: moved to the main thread, not copied. */
function buffersOf(result: object): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  for (const value of Object.values({ ...result, ...(result as { shard?: object }).shard })) {
    if (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  }
  return [...found];
}
