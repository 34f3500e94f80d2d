import { usageError } from './errors.js';

/**
 * Checks that only root can write to a file, because the file decides what is allowed.
 * @param what the role of the file, for the message
 * @throws RegsweepError `usage` if other users can write to it
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
