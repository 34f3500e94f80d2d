/** A pause between batches in which signal handlers run. */
import { setImmediate } from 'node:timers/promises';

/**
 * Waits for one full turn of the event loop. Signals are delivered in the poll phase. A caller that
 * resumes from that phase (after an answer of the guard) reaches the first immediate without
 * another poll. The second immediate always follows a poll.
 */
export async function yieldToSignals(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
