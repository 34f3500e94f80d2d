/**
 * Puts items of one run back into the tree. Nothing is ever replaced: a folder is renamed only
 * into a free place and merged otherwise, a file arrives by link and unlink. Folders above that
 * are missing are made again as the journal recorded them.
 */
import type { Stats } from 'node:fs';
import type { StorageWriter } from '../storage/writer.js';
import { isFatal, reasonOf } from './move.js';
import { ancestorsOf, parentOf } from './paths.js';
import type { ItemRecord, Note, RestoreRecord } from './records.js';
import type { RunFile } from './run-file.js';
import type { RunStore } from './run-store.js';
import { sameContent } from './same-content.js';

/** What a run is put back with. */
export type Sides = Pick<RunStore, 'tree' | 'trash' | 'parents'> & {
  readonly journal: Pick<RunStore['journal'], 'tryCommit'>;
};

export interface PutBack {
  readonly items: readonly ItemRecord[];
  readonly record: RestoreRecord;
}

export interface PutBackOutcome {
  readonly restored: readonly ItemRecord[];
  readonly conflicts: readonly Note[];
  readonly fatal?: Error;
}

/** Looks at what stands in the tree; the caller journals the record before `putBack`. */
export function planPutBack(
  store: Sides,
  items: readonly ItemRecord[],
  left: RunFile['left'],
): PutBack {
  const made = new Set<string>();
  const times = new Set<string>();
  for (const item of items) {
    const above = ancestorsOf(item.path);
    if (item.kind === 'empty-directory') above.push(item.path);
    for (const folder of above) {
      if (!made.has(folder) && isMissing(store, folder)) made.add(folder);
    }
  }
  for (const path of [...items.map((item) => item.path), ...made]) {
    const parent = parentOf(path);
    if (!made.has(parent) && !times.has(parent) && wasLeftAlone(store, parent, left)) {
      times.add(parent);
    }
  }
  const record: RestoreRecord = {
    t: 'restore',
    n: items.map((item) => item.n),
    made: [...made],
    times: [...times],
  };
  return { items, record };
}

/** A parent that can't be reached is found again, as a conflict, when its item's turn comes. */
function isMissing(store: Sides, folder: string): boolean {
  try {
    return store.tree.lstat(folder) === undefined;
  } catch (error) {
    reasonOf(error);
    return false;
  }
}

/** Nobody but regsweep changed the folder's listing since the item left it. */
function wasLeftAlone(store: Sides, folder: string, left: RunFile['left']): boolean {
  const before = store.parents.get(folder);
  if (before === undefined) return false;
  try {
    const now = store.tree.meta(folder)?.mtimeNs;
    if (now === undefined) return false;
    return now === left.get(folder) || now.slice(0, -3) === before.mtimeNs.slice(0, -3);
  } catch (error) {
    reasonOf(error);
    return false;
  }
}

/** What came back is told even when the disk, or the journal, gave up midway. */
export function putBack(store: Sides, { items, record }: PutBack): PutBackOutcome {
  const restored: ItemRecord[] = [];
  const conflicts: Note[] = [];
  let fatal: Error | undefined;
  for (const item of items) {
    const reason = fatal === undefined ? attempt() : 'not reached';
    if (reason === undefined) restored.push(item);
    else conflicts.push([item.n, reason]);

    function attempt(): string | undefined {
      try {
        return putBackOne(store, item);
      } catch (error) {
        if (isFatal(error)) fatal = error as Error;
        return reasonOf(error);
      }
    }
  }
  try {
    settleFolders(store, record, items);
  } catch (error) {
    fatal ??= error as Error;
  }
  const n = restored.map((item) => item.n);
  const unwritten = store.journal.tryCommit({ t: 'restored', n, conflicts });
  fatal ??= unwritten;
  return { restored, conflicts, ...(fatal === undefined ? {} : { fatal }) };
}

/** @returns why not, or undefined when nothing of the item is left in the trash */
function putBackOne(store: Sides, item: ItemRecord): string | undefined {
  makeParents(store, item.path);
  if (item.kind === 'empty-directory') {
    const meta = store.parents.get(item.path);
    if (meta === undefined) return 'the journal does not tell its owner and mode';
    store.tree.makeFolder(item.path, meta);
    return undefined;
  }
  if (store.trash.lstat(item.path) === undefined) {
    return store.tree.lstat(item.path)?.ino === item.ino ? undefined : 'is not in the trash';
  }
  const conflict = conflictIn(store, item.path);
  if (conflict === undefined) merge(store, item.path);
  return conflict;
}

function makeParents(store: Sides, path: string): void {
  for (const folder of ancestorsOf(path)) {
    if (store.tree.lstat(folder) !== undefined) continue;
    const meta = store.parents.get(folder);
    if (meta === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    store.tree.makeFolder(folder, meta);
  }
}

/** Looks at the whole item before anything of it moves. */
function conflictIn(store: Sides, path: string): string | undefined {
  const { tree, trash } = store;
  const ours = trash.lstat(path);
  const theirs = tree.lstat(path);
  if (ours === undefined || theirs === undefined || isSameFile(ours, theirs)) return undefined;
  if (ours.isDirectory() && theirs.isDirectory()) {
    for (const name of trash.names(path) ?? []) {
      const conflict = conflictIn(store, `${path}/${name}`);
      if (conflict !== undefined) return conflict;
    }
    return undefined;
  }
  return ours.isFile() && theirs.isFile() && sameContent(tree, trash, path)
    ? 'the same content is there already'
    : 'something else is there now';
}

/** A kill between link and unlink leaves one file under both names. */
const isSameFile = (a: Stats, b: Stats): boolean =>
  !a.isDirectory() && a.ino === b.ino && a.dev === b.dev;

function merge(store: Sides, path: string): void {
  const { tree, trash } = store;
  const ours = trash.lstat(path)!;
  const theirs = tree.lstat(path);
  if (!ours.isDirectory()) {
    if (theirs === undefined) trash.linkInto(path, tree, path);
    trash.unlink(path);
  } else if (theirs === undefined) {
    trash.move(path, tree, path, ours);
  } else {
    for (const name of trash.names(path) ?? []) merge(store, `${path}/${name}`);
    tree.syncFolder(path);
    trash.rmdir(path);
  }
}

/** Owner, mode and times of what was made again; times of what was left alone; then fsync. */
export function settleFolders(
  store: Sides,
  record: RestoreRecord,
  items: readonly ItemRecord[],
): void {
  const { tree, trash, parents } = store;
  const made = record.made.filter((folder) => isFolder(tree, folder));
  const times = record.times.filter((folder) => isFolder(tree, folder));
  for (const folder of made) {
    const meta = parents.get(folder);
    if (meta !== undefined) tree.setOwner(folder, meta);
  }
  tree.setAllTimes(
    [...made, ...times].flatMap((folder) => {
      const meta = parents.get(folder);
      return meta === undefined ? [] : [[folder, meta] as const];
    }),
  );
  const above = [...made, ...items.map((item) => item.path)].map(parentOf);
  for (const folder of new Set([...made, ...above])) {
    if (isFolder(tree, folder)) tree.syncFolder(folder);
    if (isFolder(trash, folder)) trash.syncFolder(folder);
  }
}

/** False for what is missing, or lies behind a symbolic link or a mount. */
function isFolder(where: StorageWriter, folder: string): boolean {
  try {
    return where.meta(folder) !== undefined;
  } catch (error) {
    if (isFatal(error)) throw error;
    reasonOf(error);
    return false;
  }
}
