/** Compares an item with its snapshot, right before its rename. */
import fs, { type Stats } from 'node:fs';
import type { PlannedItem } from '../../plan/types.js';
import type { EntrySnapshot } from '../../storage/entry-snapshot.js';
import { printable } from '../../storage/names.js';
import { listNames } from '../../storage/writer/folder-meta.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { parentOf } from '../../util/paths.js';

const NO_THROW = { throwIfNoEntry: false } as const;

/** Changes by this run itself, which the comparison ignores. */
export interface OwnChanges {
  /** Folders from which this run moved something. */
  readonly touched: ReadonlySet<string>;
  /** Mount points in the tree, relative to it. */
  readonly mounts: readonly string[];
  /** Suffix of files that this run has put aside in their own folders. */
  readonly aside?: string;
}

/** @returns how the item differs from its snapshot; undefined if it is unchanged */
export function whatChanged(
  tree: StorageWriter,
  item: PlannedItem,
  own: OwnChanges,
): string | undefined {
  const { path, kind } = item.action;
  if (own.mounts.some((mount) => mount === path || mount.startsWith(`${path}/`))) {
    return 'a filesystem is mounted there';
  }
  const self = item.seen[0];
  if (self === undefined || self.name !== '') return 'it has no snapshot';
  if (kind === 'empty-directory') return wrongFolder(tree, path, self);
  if (item.changedDuringScan === true) return 'was modified during the scan';
  const present = new Set<string>();
  for (const seen of item.seen) {
    const now = fs.lstatSync(tree.at(path, seen.name), NO_THROW);
    if (now === undefined && wasMovedByUs(path, seen.name, own)) continue;
    const reason = now === undefined ? 'is gone' : changedEntry(seen, now, path, tree, own);
    if (reason !== undefined)
      return seen.name === '' ? reason : `${printable(seen.name)} ${reason}`;
    present.add(seen.name);
  }
  return isSettledLeaf(item, present) ? undefined : listingDiffers(tree, item, present, own);
}

function wrongFolder(tree: StorageWriter, path: string, seen: EntrySnapshot): string | undefined {
  const now = tree.lstat(path);
  if (now === undefined) return 'is gone';
  return now.isDirectory() && now.ino === seen.ino && now.dev === seen.dev
    ? undefined
    : 'something else is there now';
}

function changedEntry(
  seen: EntrySnapshot,
  now: Stats,
  path: string,
  tree: StorageWriter,
  own: OwnChanges,
): string | undefined {
  if (now.dev !== tree.device) return 'is on another filesystem';
  if (now.ino !== seen.ino || now.dev !== seen.dev || !sameType(seen, now)) return 'was replaced';
  const full = seen.name === '' ? path : `${path}/${seen.name}`;
  if (now.isDirectory() && own.touched.has(full)) return undefined;
  if (now.mtimeMs !== seen.mtimeMs) return 'was modified';
  if (now.isDirectory()) return now.ctimeMs === seen.ctimeMs ? undefined : 'was modified';
  if (now.size !== seen.size) return 'was modified';
  return now.ctimeMs === seen.ctimeMs ? undefined : 'was modified (ctime)';
}

function sameType(seen: EntrySnapshot, now: Stats): boolean {
  switch (seen.type) {
    case 'directory':
      return now.isDirectory();
    case 'file':
      return now.isFile();
    case 'symlink':
      return now.isSymbolicLink();
    default:
      return !now.isDirectory() && !now.isFile() && !now.isSymbolicLink();
  }
}

/** Whether this run moved something from the entry's folder or from one above it. */
function wasMovedByUs(path: string, name: string, own: OwnChanges): boolean {
  for (let at = name; at !== ''; at = parentOf(at)) {
    const parent = parentOf(at);
    if (own.touched.has(parent === '' ? path : `${path}/${parent}`)) return true;
  }
  return false;
}

/** Folder times lag behind the clock by a kernel tick. This is much more than a tick. */
const TICK_MS = 2000;

/**
 * Whether a folder of files needn't be listed again: all its files are present and its times are
 * the same as in the snapshot, so no name was added or removed. A folder that changed just before
 * may have changed once more within the same tick, so it must be listed.
 */
function isSettledLeaf({ seen }: PlannedItem, present: ReadonlySet<string>): boolean {
  const [self, ...beneath] = seen;
  if (self === undefined || beneath.length === 0 || present.size !== seen.length) return false;
  if (beneath.some(({ type }) => type !== 'file')) return false;
  return Math.max(self.mtimeMs, self.ctimeMs) < Date.now() - TICK_MS;
}

/** Lists the folders. @returns a difference to the snapshot, if there is one */
function listingDiffers(
  tree: StorageWriter,
  item: PlannedItem,
  present: ReadonlySet<string>,
  own: OwnChanges,
): string | undefined {
  const { path } = item.action;
  for (const seen of item.seen) {
    if (seen.type !== 'directory' || !present.has(seen.name)) continue;
    const prefix = seen.name === '' ? '' : `${seen.name}/`;
    const names = listNames(tree.at(path, seen.name)).filter(
      (name) => present.has(prefix + name) || !isAside(`${path}/${prefix}${name}`, own),
    );
    const extra = names.find((name) => !present.has(prefix + name));
    if (extra !== undefined) return `${printable(prefix + extra)} is new`;
    if (names.length !== childrenOf(seen.name, present)) {
      return `the listing of ${printable(prefix || path)} contradicts itself`;
    }
  }
  return undefined;
}

/** Whether an entry belongs to an earlier item of this run that was put aside. */
const isAside = (path: string, { aside, touched }: OwnChanges): boolean =>
  aside !== undefined && (path.endsWith(aside) || touched.has(path));

function childrenOf(folder: string, present: ReadonlySet<string>): number {
  let count = 0;
  for (const name of present) if (name !== '' && parentOf(name) === folder) count += 1;
  return count;
}
