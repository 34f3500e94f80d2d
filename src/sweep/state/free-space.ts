/**
 * Checks before a sweep that the journal, the audit log and the trash's folders have enough space.
 */
import fs from 'node:fs';
import { fsPath, printable } from '../../storage/names.js';
import { RegsweepError } from '../../util/errors.js';
import { releaseReserve } from './reserve.js';
import type { SweepState } from './state.js';

/** Upper estimate of one item’s share of journal and audit log, which has two lines of a deleted one. */
const BYTES_PER_ITEM = 600;
/** The same for a folder above items: its records from before the run and after each batch. */
const BYTES_PER_FOLDER = 300;
const RESERVE = 1 << 20;
const FOLDER_BYTES = 4096;
/** Inodes for the run's own files and folders. */
const OWN_INODES = 8;
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
  orWithReserve(state, () => requireTrashSpace(state, need));
}

function requireTrashSpace(state: SweepState, need: SpaceNeed): void {
  const journal = journalBytes(need);
  const shared = sameFilesystem(state);
  const purpose = shared ? 'journal and trash' : 'the folders of the trash';
  const bytes = trashBytes(state, need) + (shared ? journal : 0);
  requireSpace(state.home, bytes, need.folders + OWN_INODES, purpose, shared);
  if (!shared) requireSpace(state.base, journal, OWN_INODES, 'journal and audit log', false);
}

/** Checks the space for a run without a trash. @throws the errors of `checkSpace` */
export function checkJournalSpace(state: SweepState, need: SpaceNeed): void {
  const journal = journalBytes(need);
  const purpose = 'journal and audit log';
  orWithReserve(state, () =>
    requireSpace(state.base, journal, OWN_INODES, purpose, sameFilesystem(state)),
  );
}

/** @returns false if there is no space for a trash without the reserve */
export function hasTrashSpace(state: SweepState, need: SpaceNeed): boolean {
  try {
    requireTrashSpace(state, need);
    return true;
  } catch (error) {
    if (error instanceof RegsweepError) return false;
    throw error;
  }
}

const journalBytes = ({ items, folders }: SpaceNeed): number =>
  items * BYTES_PER_ITEM + folders * BYTES_PER_FOLDER + RESERVE;

const trashBytes = ({ tree }: SweepState, { folders }: SpaceNeed): number =>
  FREE_FOLDERS.test(tree.filesystemId) ? 0 : folders * FOLDER_BYTES;

/** Runs a check again with the reserved space released, if it fails at first. */
function orWithReserve({ home }: SweepState, check: () => void): void {
  try {
    check();
  } catch {
    releaseReserve(home);
    check();
  }
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
