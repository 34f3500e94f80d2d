/**
 * Puts the files of an item aside within their own folders, which takes no block and no inode: the
 * folder has just lost a name of about that length. The registry sees nothing of the item then, and
 * until it is deleted a rename brings each file back.
 */
import type { Stats } from 'node:fs';
import type { PlannedItem } from '../../plan/types.js';
import { printable } from '../../storage/names.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { parentOf } from '../../util/paths.js';
import { type OwnChanges, whatChanged } from '../items/verify-unchanged.js';

/** Of a name that a file has while it is put aside by this run. */
export const asideSuffix = (runId: string): string => `.regsweep-${runId.slice(-6)}`;

/** Bytes of a name that can take the suffix besides. */
const MAX_NAME = 200;

export interface Aside {
  /** Why nothing of the item was put aside. */
  readonly reason?: string;
  /** The files as they are now. */
  readonly files: readonly Stats[];
}

/**
 * Empty folders are left for the deletion.
 * @param touched gets the item’s folder, and those whose listing changed
 * @throws system errors: the files before are aside then, and the run must be taken back
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
    // An earlier item of this run has put it aside.
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
    : `${printable(long.name)} is too long a name to be put aside`;
}
