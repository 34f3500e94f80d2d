/** A thread of the fingerprint. Receives folders and answers with their sums. */
import { parentPort } from 'node:worker_threads';
import { errnoOf } from '../../util/errors.js';
import { setHashSeeds } from './entry-hash.js';
import { type Known, type WalkTask, walk } from './walk.js';

/** Settings of one walk. They are sent before its first order. */
export interface WalkSettings {
  readonly sinceMs: number;
  readonly known?: Known | undefined;
  readonly seeds: Uint32Array;
}

export interface Order {
  readonly tasks: WalkTask[];
  readonly budget: number;
}

let settings: WalkSettings;

parentPort?.on('message', (message: WalkSettings | Order) => {
  if ('sinceMs' in message) {
    settings = message;
    setHashSeeds(message.seeds);
  } else parentPort?.postMessage(answerTo(message));
});

function answerTo({ tasks, budget }: Order): object {
  try {
    return { result: walk(tasks, budget, settings.sinceMs, settings.known) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const path = (error as { path?: unknown }).path;
    return { failure: { message, errno: errnoOf(error), path: String(path) } };
  }
}
