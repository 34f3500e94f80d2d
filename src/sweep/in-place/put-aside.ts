/**
 * Puts the files of an item aside: renames each within its own folder. That needs no block and no
 * inode, since the new name replaces one of about the same length. The registry then no longer
 * finds the item. Until the files are deleted, a rename restores each of them.
 */
import type { Stats } from 'node:fs';
import type { PlannedItem } from '../../plan/types.js';
import { printable } from '../../storage/names.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { parentOf } from '../../util/paths.js';
import { type OwnChanges, whatChanged } from '../items/verify-unchanged.js';

/** Maximum length in bytes of a name to which the suffix can be added. */
const MAX_NAME = 200;

export interface Aside {
  /** Set if nothing of the item was put aside. */
  readonly reason?: string;
  /** The files' state after the rename. */
  readonly files: readonly Stats[];
}

/**
 * Leaves empty folders to the deletion.
 * @param touched called with the item's folder and each folder with a renamed file
 * @throws system errors; some files may be aside then, so the caller must take the run back
 */
export function putAside(
  tree: StorageWriter,
  item: PlannedItem,
  own: OwnChanges,
  touched: (folder: string) => void,
): Aside {
  const { seen } = item;
  const { kind, path } = item.action;
  const reason = whatChanged(tree, item, own) ?? longName(seen);
  if (reason !== undefined) return { reason, files: [] };
  if (kind === 'empty-directory') return { files: [] };
  touched(path);
  const files: Stats[] = [];
  for (const entry of seen) {
    const file = entry.name === '' ? path : `${path}/${entry.name}`;
    // An earlier item of this run has already put it aside.
    if (entry.type === 'directory' || tree.lstat(file) === undefined) continue;
    files.push(tree.move(file, tree, file + own.aside!, entry));
    touched(parentOf(file));
  }
  return { files };
}

function longName(seen: PlannedItem['seen']): string | undefined {
  const long = seen.find(
    ({ name }) => Buffer.byteLength(name.slice(name.lastIndexOf('/') + 1)) > MAX_NAME,
  );
  return long === undefined
    ? undefined
    : `the name ${printable(long.name)} is too long for a suffix`;
}
