/** Limits the growth of V8's heaps. */
import v8 from 'node:v8';
import type { Worker } from 'node:worker_threads';

let small = false;

/**
 * Keeps the heaps of this process's threads small. The young generation keeps its initial size: a
 * scan's objects are dead at the next collection, so a larger one takes tens of megabytes and saves
 * no time. The old generation is collected each time it has grown by a fifth. Only for the command
 * line, not for programs that use the library.
 */
export function keepHeapsSmall(): void {
  small = true;
  v8.setFlagsFromString('--heap-growing-percent=20');
  fixYoungGeneration();
}

/** V8 resets a semi-space growth factor below 2, for all threads, when another thread starts. */
export function keepSmallAfterStart(thread: Worker): Worker {
  if (small) thread.once('online', fixYoungGeneration);
  return thread;
}

function fixYoungGeneration(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
}
