/** Limits the growth of V8's heaps. */
import v8 from 'node:v8';
import type { ResourceLimits, Worker } from 'node:worker_threads';

let small = false;

/**
 * Keeps the heaps of this process's threads small. The young generation keeps its initial size: a
 * scan's objects are dead at the next collection, so a larger one takes tens of megabytes and saves
 * no time. The old generation is collected each time it has grown by a fifth, and pages that are
 * partly free are compacted earlier. Only for the command line, not for programs that use the
 * library.
 */
export function keepHeapsSmall(): void {
  small = true;
  v8.setFlagsFromString('--heap-growing-percent=20');
  v8.setFlagsFromString('--optimize-for-size');
  fixYoungGeneration();
}

/** Size of a thread's young generation, in MB, that V8 can't enlarge. */
const SMALL_YOUNG_MB = 3;

/** @returns limits for a new thread's heap */
export const heapLimits = (youngMb: number): ResourceLimits => ({
  maxYoungGenerationSizeMb: small ? SMALL_YOUNG_MB : youngMb,
});

/**
 * V8 resets a semi-space growth factor below 2, for all threads, at some time while another thread
 * starts.
 */
export function keepSmallAfterStart(thread: Worker): Worker {
  if (!small) return thread;
  const timer = setInterval(fixYoungGeneration, 1);
  timer.unref();
  const end = (): void => {
    clearInterval(timer);
    fixYoungGeneration();
  };
  thread.once('online', end).once('exit', end);
  return thread;
}

function fixYoungGeneration(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
}
