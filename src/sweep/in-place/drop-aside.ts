/** Deletes the files of an item that were put aside, and the folders that are empty then. */
import type { Stats } from 'node:fs';
import { asideSuffix } from '../../storage/layout.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import type { ItemRecord } from '../journal/records.js';

/** @returns a reason if other files were created in the item's folders meanwhile; they are kept */
export function dropAside(
  tree: StorageWriter,
  { kind, path }: ItemRecord,
  runId: string,
  onUnlink: (file: Stats) => void,
): string | undefined {
  if (kind === 'empty-directory' && (tree.names(path) ?? []).length > 0) return 'is not empty';
  const isGone = dropFolder(tree, path, asideSuffix(runId), onUnlink);
  return isGone ? undefined : 'is not empty';
}

function dropFolder(
  tree: StorageWriter,
  path: string,
  suffix: string,
  onUnlink: (file: Stats) => void,
): boolean {
  const names = tree.names(path);
  if (names === undefined) return true;
  let isEmpty = true;
  for (const name of names) {
    const entry = `${path}/${name}`;
    const stat = tree.lstat(entry);
    if (stat?.isDirectory() === true) {
      isEmpty = dropFolder(tree, entry, suffix, onUnlink) && isEmpty;
    } else if (stat !== undefined && name.endsWith(suffix)) {
      tree.unlink(entry);
      onUnlink(stat);
    } else isEmpty &&= stat === undefined;
  }
  const self = tree.lstat(path);
  if (!isEmpty || self === undefined) return isEmpty;
  tree.rmdir(path);
  onUnlink(self);
  return true;
}
