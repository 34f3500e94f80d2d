/** What a deletion gained on the disk, beside what the deleted files had allocated. */
import { heldDeletedFiles } from '../../guard/index.js';
import { count, size } from '../../report/style.js';
import type { StorageTree } from '../../storage/port.js';
import { freeBytes, freeBytesSettled, sharingOf } from '../../util/disk/filesystem-gain.js';

/** What is less than this, or than a twentieth, is told by nobody's `df`. */
const SMALL = 1_000_000;

export interface Gain {
  /** How much more is free on the tree's filesystem, whoever else wrote meanwhile. */
  readonly filesystemBytes: number;
  readonly notes: readonly string[];
}

/** To be called before the deletion. @returns what to call after it, with what the files had */
export function watchSpace(tree: StorageTree): (diskBytes: number) => Gain {
  const before = freeBytes(tree.v2);
  return (diskBytes) => {
    const filesystemBytes = freeBytesSettled(tree.v2) - before;
    return { filesystemBytes, notes: notesOf(tree, diskBytes, filesystemBytes) };
  };
}

function notesOf(tree: StorageTree, diskBytes: number, gained: number): string[] {
  const held = heldNotes(tree);
  const difference = Math.abs(gained - diskBytes);
  if (difference < SMALL || difference < diskBytes / 20) return held;
  const told = `the filesystem gained ${size(Math.max(0, gained))}, the files had ${size(diskBytes)} allocated`;
  const sharing = sharingOf(tree.v2);
  const why =
    gained > diskBytes
      ? 'folders take blocks too, and others may have deleted files meanwhile'
      : held.length > 0
        ? 'some of them are still open, see below'
        : (sharing ?? 'others may have written meanwhile');
  return [`${told} (${why})`, ...held];
}

/** Deleted files that a process holds open, and what frees them. */
export function heldNotes(tree: StorageTree): string[] {
  return heldDeletedFiles(tree).map(
    ({ pid, command, files, diskBytes }) =>
      `${size(diskBytes)} are free only once process ${pid} (${command}) closes ${count(files, 'deleted file')}: restart it`,
  );
}
