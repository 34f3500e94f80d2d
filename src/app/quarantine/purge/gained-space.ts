/** What a deletion gained on the disk, beside what the deleted files had allocated. */
import { heldDeletedFiles } from '../../../guard/index.js';
import { type Allocated, allocation, count, size } from '../../../report/style.js';
import type { StorageTree } from '../../../storage/port.js';
import { freeBytes, freeBytesSettled, sharingOf } from '../../../util/disk/filesystem-gain.js';
import type { Context } from '../../context.js';

/** What is less than this, or than a twentieth, is told by nobody's `df`. */
const SMALL = 1_000_000;

export interface Gain {
  /** How much more is free on the tree's filesystem, whoever else wrote meanwhile. */
  readonly filesystemBytes: number;
  readonly notes: readonly string[];
}

/** To be called before the deletion. @returns what to call after it, with what files and folders had */
export function watchSpace(
  { progress }: Context,
  tree: StorageTree,
): (diskBytes: number, folderDiskBytes: number) => Gain {
  const before = freeBytes(tree.v2);
  return (diskBytes, folderDiskBytes) => {
    progress.update({ stage: 'Waiting until the disk has written this' });
    const filesystemBytes = freeBytesSettled(tree.v2) - before;
    progress.stop();
    return {
      filesystemBytes,
      notes: notesOf(tree, { diskBytes, folderDiskBytes }, filesystemBytes),
    };
  };
}

function notesOf(tree: StorageTree, amount: Allocated, gained: number): string[] {
  const held = heldNotes(tree);
  const expected = amount.diskBytes + (amount.folderDiskBytes ?? 0);
  const difference = Math.abs(gained - expected);
  if (difference < SMALL || difference < expected / 20) return held;
  const told = `the filesystem gained ${size(Math.max(0, gained))}, and ${allocation(amount)} was allocated`;
  const sharing = sharingOf(tree.v2);
  const why =
    gained > expected
      ? 'others may have deleted files meanwhile'
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
