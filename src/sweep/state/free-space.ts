/**
 * Checks before a sweep that the journal, the audit log and the trash's folders have enough space.
 */
import fs from 'node:fs';
import { fsPath, printable } from '../../storage/names.js';
import { RegsweepError } from '../../util/errors.js';
import { releaseReserve } from './reserve.js';
import type { SweepState } from './state.js';

/** Upper estimate of one item's lines in journal and audit log. */
const BYTES_PER_ITEM = 900;
const RESERVE = 1 << 20;
const FOLDER_BYTES = 4096;
/** Filesystems on which an empty folder takes no data block. */
const FREE_FOLDERS = /^(?:tmpfs|btrfs):/;

export interface SpaceNeed {
  readonly items: number;
  /** Number of distinct folders above the items. The trash needs the same folders. */
  readonly folders: number;
}

/**
 * Releases the reserved space if that is needed.
 * @throws RegsweepError `failed` with the folder, the needed and the free space. A filesystem that
 *   counts no inodes (btrfs) has enough of them.
 */
export function checkSpace(state: SweepState, need: SpaceNeed): void {
  const journal = need.items * BYTES_PER_ITEM + RESERVE;
  const trash = FREE_FOLDERS.test(state.tree.filesystemId) ? 0 : need.folders * FOLDER_BYTES;
  const shared = sameFilesystem(state);
  const purpose = shared ? 'journal and trash' : 'the folders of the trash';
  const check = (): void =>
    requireSpace(state.home, shared ? journal + trash : trash, need.folders + 8, purpose, shared);
  try {
    check();
  } catch {
    releaseReserve(state.home);
    check();
  }
  if (!shared) requireSpace(state.base, journal, 8, 'journal and audit log', false);
}

const existing = (path: string): string =>
  fs.existsSync(fsPath(path)) ? path : existing(path.slice(0, path.lastIndexOf('/')) || '/');

const sameFilesystem = (state: SweepState): boolean =>
  fs.statSync(fsPath(existing(state.base))).dev === fs.statSync(fsPath(existing(state.home))).dev;

/** @param movable the journal is here too, and `--state-dir` can move it */
function requireSpace(
  path: string,
  bytes: number,
  inodes: number,
  purpose: string,
  movable: boolean,
): void {
  const where = existing(path);
  const { bavail, bfree, bsize, files, ffree } = fs.statfsSync(fsPath(where));
  const free = (process.geteuid?.() === 0 ? bfree : bavail) * bsize;
  const refuse = (why: string): never => {
    throw new RegsweepError('failed', `not enough free space at ${printable(where)}: ${why}`, {
      path: where,
      remedy: movable
        ? 'free some space, or sweep in parts with --repo, or put journal and audit log elsewhere with --state-dir'
        : 'free some space, or sweep in parts with --repo',
    });
  };
  if (free < bytes) refuse(`${bytes} bytes are needed for ${purpose}, ${free} are free`);
  if (files > 0 && ffree < inodes) refuse(`${inodes} inodes are needed, ${ffree} are free`);
}
