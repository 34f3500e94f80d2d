/**
 * Merges what lies in the trash into the tree, entry by entry. Nothing is ever replaced: a folder
 * is renamed only into a free place, a file arrives by link and unlink, and what is there already
 * with the same content is done. All that doesn't conflict comes back.
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
 * @returns what stays in the trash, each by its own path; nothing of `path` is left there otherwise
 * @throws what the disk says of `path` itself, and whatever is fatal
 */
export function mergeBack(sides: MergeSides, path: string): Conflict[] {
  const { tree, trash } = sides;
  const ours = trash.lstat(path);
  if (ours === undefined) return [];
  const theirs = tree.lstat(path);
  if (theirs === undefined) return arrive(sides, path, ours);
  if (ours.isDirectory() && theirs.isDirectory()) return mergeFolder(sides, path);
  if (!isThereAlready(sides, path, ours, theirs)) {
    return [{ path, reason: 'something else is there now' }];
  }
  trash.unlink(path);
  return [];
}

function arrive({ tree, trash }: MergeSides, path: string, ours: Stats): Conflict[] {
  if (ours.isDirectory()) trash.move(path, tree, path, ours);
  else {
    trash.linkInto(path, tree, path);
    trash.unlink(path);
  }
  return [];
}

/** In the order of names, so that links to layers come before manifests, and these before tags. */
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

/** On the disk, too: the other copy may go then. */
function isThereAlready(sides: MergeSides, path: string, ours: Stats, theirs: Stats): boolean {
  if (isSameFile(ours, theirs)) return true;
  if (!ours.isFile() || !theirs.isFile()) return false;
  if (!sameContent(sides.tree, sides.trash, path)) return false;
  syncFile(sides.tree, path);
  sides.tree.syncFolder(parentOf(path));
  return true;
}

/** A kill between link and unlink leaves one file under both names. */
const isSameFile = (a: Stats, b: Stats): boolean =>
  !a.isDirectory() && a.ino === b.ino && a.dev === b.dev;
