/**
 * Errors of stdout and stderr. Without a listener, Node ends the process at the first one, also in the
 * middle of a sweep and before the registry is started again.
 */
import { errnoOf } from '../../util/errors.js';

let lost: unknown;

const noteLost = (error: unknown): void => {
  lost ??= error;
};

/** A message that can't be written is lost: the disk of the log is full, or its reader has ended. */
const ignoreLost = (): void => undefined;

/** Keeps the process running. Can be called again. */
export function outliveBrokenOutput(): void {
  lost = undefined;
  if (!process.stdout.listeners('error').includes(noteLost)) process.stdout.on('error', noteLost);
  if (!process.stderr.listeners('error').includes(ignoreLost))
    process.stderr.on('error', ignoreLost);
}

/**
 * Waits for what was written to stdout before.
 * @returns why a part of it is lost; undefined if nothing is, or if the reader closed the pipe
 */
export async function lostOutput(): Promise<unknown> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  return errnoOf(lost) === 'EPIPE' ? undefined : lost;
}
