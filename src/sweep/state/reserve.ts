/**
 * Reserved space: a file in `.regsweep` that is deleted when the disk is full or a quota is at its
 * limit, so that a restore or a purge can still write its journal.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { fsPath } from '../../storage/names.js';
import { errnoOf, isNoSpace, orMissing } from '../../util/errors.js';

const BYTES = 1 << 20;
/** No space is reserved if less than this is free. */
const MIN_FREE = 16 * BYTES;

const pathOf = (home: string): string => `${home}/reserve`;

/** Reserves the space if enough is free. Writes random bytes, which no filesystem can compress. */
export function keepReserve(home: string): void {
  const path = pathOf(home);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  const { bavail, bsize } = fs.statfsSync(fsPath(home));
  if (bavail * bsize < MIN_FREE) return;
  let fd: number;
  try {
    fd = fs.openSync(fsPath(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || isNoSpace(error)) return;
    throw error;
  }
  try {
    fs.writeSync(fd, randomBytes(BYTES));
    fs.fsyncSync(fd);
  } catch (error) {
    if (!isNoSpace(error)) throw error;
    fs.unlinkSync(fsPath(path));
  } finally {
    fs.closeSync(fd);
  }
}

/** Releases the space. Syncs, since a quota counts a deletion only after its commit. */
export function releaseReserve(home: string): void {
  orMissing(() => fs.unlinkSync(fsPath(pathOf(home))));
  spawnSync('sync', ['-f', home], { stdio: 'ignore' });
}
