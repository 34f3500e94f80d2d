/** How the engine's heaps grow. */
import v8 from 'node:v8';
import type { Worker } from 'node:worker_threads';

let small = false;

/**
 * Keeps the rooms for young objects as small as they begin, in every thread of this process: what
 * a scan makes is dead at the next collection, so larger ones save no time and take tens of
 * megabytes. For a process of our own, not for one that uses the library.
 */
export function keepYoungRoomsSmall(): void {
  small = true;
  setGrowth();
}

/** The engine takes a factor below 2 back, for all threads, where one more starts. */
export function keepAsBefore(thread: Worker): Worker {
  if (small) thread.once('online', setGrowth);
  return thread;
}

function setGrowth(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
}
