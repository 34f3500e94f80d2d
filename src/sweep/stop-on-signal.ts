/**
 * What a signal (SIGINT, SIGTERM, SIGHUP) does to a run: it ends between two batches. What was
 * moved until then stays in quarantine, the journal has its end, and the exit code is that of an
 * interruption. `cli/signals.ts` hears signals, `recover.ts` settles what a killed run left.
 */
import { setImmediate } from 'node:timers/promises';
import { RegsweepError } from '../util/errors.js';

/**
 * One whole turn of the event loop. A signal is heard only where the loop polls, and whoever
 * comes from a poll (an answer of the guard) reaches the first immediate without another: the
 * second comes after one in any case.
 */
export async function yieldToSignals(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** To be asked before each batch. */
export async function isStopped(signal: AbortSignal | undefined): Promise<boolean> {
  await yieldToSignals();
  return signal?.aborted === true;
}

/** @throws RegsweepError `interrupted` */
export async function endIfStopped(signal: AbortSignal | undefined): Promise<void> {
  if (await isStopped(signal)) throw new RegsweepError('interrupted', 'interrupted');
}
