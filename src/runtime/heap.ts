/** How the engine's heaps grow. */
import v8 from 'node:v8';
import type { Worker } from 'node:worker_threads';

let small = false;

/**
 * Keeps the heaps of this process's threads small. Rooms for young objects stay as they begin: what
 * a scan makes is dead at the next collection, so larger ones save no time and take tens of
 * megabytes. Old objects are looked through each time they have grown by a fifth. For a process of
 * our own, not for one that uses the library.
 */
export function keepHeapsSmall(): void {
  small = true;
  v8.setFlagsFromString('--heap-growing-percent=20');
  keepYoungRooms();
}

/** The engine takes a factor below 2 back, for all threads, where one more starts. */
export function keepAsBefore(thread: Worker): Worker {
  if (small) thread.once('online', keepYoungRooms);
  return thread;
}

function keepYoungRooms(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
}
