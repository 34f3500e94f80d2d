/** Room for the journal, the audit log and the folders of the trash, looked at before a sweep. */
import fs from 'node:fs';
import { fsPath, printable } from '../../storage/names.js';
import { RegsweepError } from '../../util/errors.js';
import { releaseReserve } from './reserve.js';
import type { SweepState } from './state.js';

/** Journal and audit line of one item, generously. */
const BYTES_PER_ITEM = 900;
const RESERVE = 1 << 20;
const FOLDER_BYTES = 4096;
/** Where a folder takes no room of the data's. */
const FREE_FOLDERS = /^(?:tmpfs|btrfs):/;

export interface SpaceNeed {
  readonly items: number;
  /** Distinct folders above the items, which the trash repeats. */
  readonly folders: number;
}

/**
 * @throws RegsweepError `failed` naming the folder, what is needed and what is free. A filesystem
 *   that counts no inodes (btrfs) is taken to have enough.
 */
export function checkSpace(state: SweepState, need: SpaceNeed): void {
  const journal = need.items * BYTES_PER_ITEM + RESERVE;
  const trash = FREE_FOLDERS.test(state.tree.filesystemId) ? 0 : need.folders * FOLDER_BYTES;
  const shared = sameFilesystem(state);
  const here = shared ? 'journal and trash' : 'the folders of the trash';
  const ask = (): void =>
    demand(state.home, shared ? journal + trash : trash, need.folders + 8, here, shared);
  try {
    ask();
  } catch {
    releaseReserve(state.home); // kept for a full disk
    ask();
  }
  if (!shared) demand(state.base, journal, 8, 'journal and audit log', false);
}

const existing = (path: string): string =>
  fs.existsSync(fsPath(path)) ? path : existing(path.slice(0, path.lastIndexOf('/')) || '/');

const sameFilesystem = (state: SweepState): boolean =>
  fs.statSync(fsPath(existing(state.base))).dev === fs.statSync(fsPath(existing(state.home))).dev;

/** @param movable the journal lies here too, and could lie elsewhere */
function demand(path: string, bytes: number, inodes: number, what: string, movable: boolean): void {
  const where = existing(path);
  const { bavail, bfree, bsize, files, ffree } = fs.statfsSync(fsPath(where));
  const free = (process.geteuid?.() === 0 ? bfree : bavail) * bsize;
  const refuse = (why: string): never => {
    throw new RegsweepError('failed', `${printable(where)} has no room: ${why}`, {
      path: where,
      remedy: movable
        ? 'free some space, name a folder elsewhere for journal and audit log with --state-dir, or sweep in parts with --repo'
        : 'free some space, or sweep in parts with --repo',
    });
  };
  if (free < bytes) refuse(`${bytes} bytes are needed for ${what}, ${free} are free`);
  if (files > 0 && ffree < inodes) refuse(`${inodes} inodes are needed, ${ffree} are free`);
}
