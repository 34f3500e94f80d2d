/** The disk space that a deletion gained, compared with the allocated size of the deleted files. */
import { heldDeletedFiles } from '../../../guard/index.js';
import { type Allocated, allocation, count, size } from '../../../report/style.js';
import type { StorageTree } from '../../../storage/port.js';
import { freeBytes, freeBytesSettled, sharingOf } from '../../../util/disk/filesystem-gain.js';
import type { Context } from '../../context.js';

/** Differences below this, or below a twentieth, are not reported. Bytes. */
const SMALL = 1_000_000;

export interface Gain {
  /** Additional free space on the tree's filesystem, including changes by others. Bytes. */
  readonly filesystemBytes: number;
  readonly notes: readonly string[];
}

/**
 * Call it before the deletion. @returns a function to call after it, with the sizes of files and
 * folders
 */
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
      ? 'other processes may have deleted files'
      : held.length > 0
        ? 'some of them are still open, see below'
        : (sharing ?? 'other processes may have written files');
  return [`${told} (${why})`, ...held];
}

/** Deleted files that a process still has open, with the command that frees them. */
export function heldNotes(tree: StorageTree): string[] {
  return heldDeletedFiles(tree).map(
    ({ pid, command, files, diskBytes }) =>
      `${size(diskBytes)} will be free when process ${pid} (${command}) closes ${count(files, 'deleted file')}: restart it`,
  );
}
