/** Restores files that were put aside. Replaces nothing: a new file at the old path is kept. */

import { asideSuffix } from '../../storage/layout.js';
import type { FolderMeta } from '../../storage/writer/folder-meta.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { isNoSpace } from '../../util/errors.js';
import { parentOf } from '../../util/paths.js';
import { isFatal, moveErrorReason } from '../items/move.js';
import type { PutBackOutcome } from '../items/restore-items.js';
import { sameContent, syncFile } from '../items/same-content.js';
import type { RunStore } from '../journal/open-run.js';
import type { ItemRecord } from '../journal/records.js';
import type { Conflict } from '../model/types.js';

export interface TakenBack extends PutBackOutcome {
  /** Items with files that are still aside, each with the reason. */
  readonly stuck: readonly Conflict[];
}

/**
 * Needs no intent in the journal: after an interruption the next recovery restores the rest.
 * @param records in reverse order of the sweep
 */
export function takeBack(
  { tree, id, parents }: Pick<RunStore, 'tree' | 'id' | 'parents'>,
  records: Iterable<ItemRecord>,
): TakenBack {
  const suffix = asideSuffix(id);
  const restored: ItemRecord[] = [];
  const conflicts: Conflict[] = [];
  const stuck: Conflict[] = [];
  const changed = new Set<string>();
  let fatal: Error | undefined;
  for (const record of records) {
    try {
      for (const aside of asidesOf(tree, record, suffix)) {
        changed.add(parentOf(aside));
        conflicts.push(...fileBack(tree, aside, suffix));
      }
      restored.push(record);
    } catch (error) {
      if (isFatal(error)) fatal ??= error as Error;
      stuck.push({ path: record.path, reason: moveErrorReason(error) });
    }
  }
  try {
    tree.setAllTimes([...changed].flatMap((folder) => timesOf(parents, folder)));
    for (const folder of changed) tree.syncFolder(folder);
  } catch (error) {
    fatal ??= error as Error;
  }
  return { restored, apart: [], conflicts, stuck, ...(fatal === undefined ? {} : { fatal }) };
}

function timesOf(parents: RunStore['parents'], folder: string): [string, FolderMeta][] {
  const meta = parents.get(folder);
  return meta === undefined ? [] : [[folder, meta]];
}

/** Files of the item that are aside. Those in an empty folder belong to other items. */
function* asidesOf(
  tree: StorageWriter,
  { kind, path }: ItemRecord,
  suffix: string,
): Generator<string> {
  if (kind !== 'empty-directory') yield* asidesIn(tree, path, suffix);
}

function* asidesIn(tree: StorageWriter, path: string, suffix: string): Generator<string> {
  for (const name of tree.names(path) ?? []) {
    const entry = `${path}/${name}`;
    if (tree.lstat(entry)?.isDirectory() === true) yield* asidesIn(tree, entry, suffix);
    else if (name.endsWith(suffix)) yield entry;
  }
}

/** @returns the aside file if it is kept beside another file at its path */
export function fileBack(tree: StorageWriter, aside: string, suffix: string): Conflict[] {
  const path = aside.slice(0, -suffix.length);
  const [ours, theirs] = [tree.lstat(aside), tree.lstat(path)];
  if (theirs === undefined) {
    if (!linkOrMove(tree, aside, path)) return [];
  } else if (ours?.ino !== theirs.ino) {
    if (!sameContent(tree, tree, aside, path)) {
      return [{ path: aside, reason: `another file is at ${path} now; both are kept` }];
    }
    syncFile(tree, path);
    tree.syncFolder(parentOf(path));
  }
  tree.unlink(aside);
  return [];
}

/**
 * A link never replaces anything, but tmpfs needs a free inode for it. Without one, nobody else can
 * create a file at the path either, so a rename is safe then.
 * @returns false if the file was renamed, so that its old name is gone
 */
function linkOrMove(tree: StorageWriter, aside: string, path: string): boolean {
  try {
    tree.linkInto(aside, tree, path);
    return true;
  } catch (error) {
    const file = tree.lstat(aside);
    if (!isNoSpace(error) || file === undefined) throw error;
    tree.move(aside, tree, path, file);
    return false;
  }
}
