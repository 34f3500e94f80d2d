/** A pause between batches in which signals are heard. */
import { setImmediate } from 'node:timers/promises';

/**
 * One whole turn of the event loop. A signal is heard only where the loop polls, and whoever
 * comes from a poll (an answer of the guard) reaches the first immediate without another: the
 * second comes after one in any case.
 */
export async function yieldToSignals(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
