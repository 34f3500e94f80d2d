/**
 * Merges entries of the trash into the tree, one by one. Never replaces an entry: a folder is
 * renamed only to a free path, and a file is linked and then unlinked. A file that the tree already
 * has with the same content counts as restored. Entries without a conflict are restored.
 */
import type { Stats } from 'node:fs';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { parentOf } from '../../util/paths.js';
import type { Conflict } from '../model/types.js';
import { isFatal, moveErrorReason } from './move.js';
import { sameContent, syncFile } from './same-content.js';

export interface MergeSides {
  readonly tree: StorageWriter;
  readonly trash: StorageWriter;
}

/**
 * @returns the entries that stay in the trash, each with its path; empty if nothing of `path` does
 * @throws system errors of `path` itself, and fatal ones
 */
export function mergeBack(sides: MergeSides, path: string): Conflict[] {
  const { tree, trash } = sides;
  const ours = trash.lstat(path);
  if (ours === undefined) return [];
  const theirs = tree.lstat(path);
  if (theirs === undefined) return moveToFreePath(sides, path, ours);
  if (ours.isDirectory() && theirs.isDirectory()) return mergeFolder(sides, path);
  if (!isThereAlready(sides, path, ours, theirs)) {
    return [{ path, reason: 'something else is there now' }];
  }
  trash.unlink(path);
  return [];
}

function moveToFreePath({ tree, trash }: MergeSides, path: string, ours: Stats): Conflict[] {
  if (ours.isDirectory()) trash.move(path, tree, path, ours);
  else {
    trash.linkInto(path, tree, path);
    trash.unlink(path);
  }
  return [];
}

/** Merges in the order of names: layer links come before manifests, and these before tags. */
function mergeFolder(sides: MergeSides, path: string): Conflict[] {
  const conflicts: Conflict[] = [];
  for (const name of [...(sides.trash.names(path) ?? [])].sort()) {
    const entry = `${path}/${name}`;
    try {
      conflicts.push(...mergeBack(sides, entry));
    } catch (error) {
      if (isFatal(error)) throw error;
      conflicts.push({ path: entry, reason: moveErrorReason(error) });
    }
  }
  sides.tree.syncFolder(path);
  if (conflicts.length === 0) sides.trash.rmdir(path);
  return conflicts;
}

/**
 * Whether the tree has the same content. Fsyncs it, since the copy in the trash is deleted then.
 */
function isThereAlready(sides: MergeSides, path: string, ours: Stats, theirs: Stats): boolean {
  if (isSameFile(ours, theirs)) return true;
  if (!ours.isFile() || !theirs.isFile()) return false;
  if (!sameContent(sides.tree, sides.trash, path)) return false;
  syncFile(sides.tree, path);
  sides.tree.syncFolder(parentOf(path));
  return true;
}

/** Whether both names lead to one file, as after a kill between link and unlink. */
const isSameFile = (a: Stats, b: Stats): boolean =>
  !a.isDirectory() && a.ino === b.ino && a.dev === b.dev;
