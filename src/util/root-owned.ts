import { usageError } from './errors.js';

/**
 * A file that decides what is allowed may be written by root alone.
 * @param what it says, for the message
 * @throws RegsweepError `usage`
 */
export function requireRootOwned(
  path: string,
  { uid, mode }: { readonly uid: number; readonly mode: number },
  what: string,
): void {
  if (uid === 0 && (mode & 0o022) === 0) return;
  throw usageError(
    `${what}, but other users than root may write to it`,
    `chown root ${path} && chmod go-w ${path}`,
  );
}
