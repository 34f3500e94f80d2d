/** Compares an item with what was seen of it, right before its rename. */
import fs, { type Stats } from 'node:fs';
import type { PlannedItem } from '../../plan/types.js';
import type { EntrySnapshot } from '../../storage/entry-snapshot.js';
import { printable } from '../../storage/names.js';
import { listNames } from '../../storage/writer/folder-meta.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { parentOf } from '../../util/paths.js';

const NO_THROW = { throwIfNoEntry: false } as const;

/** What this run itself has changed, which is no change by others. */
export interface OwnChanges {
  /** Folders that this run took something out of. */
  readonly touched: ReadonlySet<string>;
  /** Mount points in the tree, relative to it. */
  readonly mounts: readonly string[];
}

/** @returns why the item is no longer what was planned, or undefined when it is */
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
  if (self === undefined || self.name !== '') return 'it was never looked at';
  if (kind === 'empty-directory') return wrongFolder(tree, path, self);
  const present = new Set<string>();
  for (const seen of item.seen) {
    const now = fs.lstatSync(tree.at(path, seen.name), NO_THROW);
    if (now === undefined && takenByUs(path, seen.name, own)) continue;
    const reason = now === undefined ? 'is gone' : changedEntry(seen, now, path, tree, own);
    if (reason !== undefined)
      return seen.name === '' ? reason : `${printable(seen.name)} ${reason}`;
    present.add(seen.name);
  }
  return isSettledLeaf(item, present) ? undefined : listingDiffers(tree, item, present);
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
  if (now.dev !== tree.device) return 'lies on another filesystem';
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

/** True when an earlier item of this run took the entry, or a folder above it, away. */
function takenByUs(path: string, name: string, own: OwnChanges): boolean {
  for (let at = name; at !== ''; at = parentOf(at)) {
    const parent = parentOf(at);
    if (own.touched.has(parent === '' ? path : `${path}/${parent}`)) return true;
  }
  return false;
}

/** Times of folders lag behind the clock by a tick of the kernel; more than that, to be sure. */
const TICK_MS = 2000;

/**
 * A folder of files, all of which are there, that has not changed since it was listed: had a name
 * come or gone after, its times would be those of then. One that changed just before could have
 * changed again within the same tick, and one that took part in this run has other times anyway.
 */
function isSettledLeaf({ seen }: PlannedItem, present: ReadonlySet<string>): boolean {
  const [self, ...beneath] = seen;
  if (self === undefined || beneath.length === 0 || present.size !== seen.length) return false;
  if (beneath.some(({ type }) => type !== 'file')) return false;
  return Math.max(self.mtimeMs, self.ctimeMs) < Date.now() - TICK_MS;
}

/** The folders hold what was seen, and nothing else. */
function listingDiffers(
  tree: StorageWriter,
  item: PlannedItem,
  present: ReadonlySet<string>,
): string | undefined {
  const { path } = item.action;
  for (const seen of item.seen) {
    if (seen.type !== 'directory' || !present.has(seen.name)) continue;
    const names = listNames(tree.at(path, seen.name));
    const prefix = seen.name === '' ? '' : `${seen.name}/`;
    const extra = names.find((name) => !present.has(prefix + name));
    if (extra !== undefined) return `${printable(prefix + extra)} is new`;
    if (names.length !== childrenOf(seen.name, present)) {
      return `the listing of ${printable(prefix || path)} contradicts itself`;
    }
  }
  return undefined;
}

function childrenOf(folder: string, present: ReadonlySet<string>): number {
  let count = 0;
  for (const name of present) if (name !== '' && parentOf(name) === folder) count += 1;
  return count;
}
