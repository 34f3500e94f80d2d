/**
 * Puts items of one run back into the tree and merges them with existing entries. Missing folders
 * above them are created with the owner, mode and times that the journal recorded.
 */
import type { StorageWriter } from '../../storage/writer/writer.js';
import { ancestorsOf, parentOf } from '../../util/paths.js';
import { EMPTIED, emptiedAt, type RunStore } from '../journal/open-run.js';
import type { RunFile } from '../journal/reader.js';
import type { ItemRecord, Note, RestoreRecord } from '../journal/records.js';
import type { Conflict } from '../model/types.js';
import { mergeBack } from './merge.js';
import { isFatal, moveErrorReason } from './move.js';

/** The two sides and the journal of a restore. */
export type TreeAndTrash = Pick<RunStore, 'tree' | 'trash' | 'parents'> & {
  /** Opens the trash of another run that removed this folder and still has it. */
  readonly elsewhere?: ((folder: string) => StorageWriter | undefined) | undefined;
  readonly journal: Pick<RunStore['journal'], 'add' | 'discard' | 'tryCommit'>;
};

/** For each item, the paths in it that are restored without the rest. */
export type PartialPaths = ReadonlyMap<number, readonly string[]>;

const NO_PARTIAL_PATHS: PartialPaths = new Map();

export interface PutBack {
  readonly items: readonly ItemRecord[];
  readonly apart: PartialPaths;
  readonly record: RestoreRecord;
}

export interface PutBackOutcome {
  readonly restored: readonly ItemRecord[];
  /** Paths that were restored without the rest of their items. */
  readonly apart: readonly string[];
  /**
   * Entries that stay in the trash, each with its own path; the rest of their items was restored.
   */
  readonly conflicts: readonly Conflict[];
  readonly fatal?: Error;
  /** Why the changed folders may not survive a power loss. A later command fsyncs them again. */
  readonly unsynced?: Error;
}

/**
 * Plans a restore by the tree's current state. The caller journals the record before `putBack`.
 * @param folderTimesAfter mtimes of folders after the sweep; undefined restores no folder's times
 */
export function planPutBack(
  store: TreeAndTrash,
  items: readonly ItemRecord[],
  folderTimesAfter: RunFile['folderTimesAfter'] | undefined,
  apart = NO_PARTIAL_PATHS,
): PutBack {
  const made = new Set<string>();
  const times = new Set<string>();
  const paths = items.flatMap((item) => apart.get(item.n) ?? [item.path]);
  const folders = items.filter(({ kind }) => kind === 'empty-directory').map(({ path }) => path);
  for (const folder of new Set([...foldersAbove(paths), ...folders])) {
    if (!isMissing(store, folder)) continue;
    made.add(folder);
    journalOwner(store, folder);
  }
  if (folderTimesAfter !== undefined) {
    for (const parent of new Set([...paths, ...made].map(parentOf))) {
      if (made.has(parent)) continue;
      if (isFolderUntouched(store, parent, folderTimesAfter)) times.add(parent);
    }
  }
  const record: RestoreRecord = {
    t: 'restore',
    n: items.map((item) => item.n),
    made: [...made],
    times: [...times],
    ...(apart.size === 0 ? {} : { apart: items.flatMap((item) => apart.get(item.n) ?? []) }),
  };
  return { items, apart, record };
}

/** Each folder above one of the paths, once; a folder comes before those in it. */
function foldersAbove(paths: readonly string[]): string[] {
  const parents = [...new Set(paths.map(parentOf))];
  const above = parents.flatMap((parent) => [...ancestorsOf(parent), parent]);
  return [...new Set(above)].filter((folder) => folder !== '');
}

/** Journals a folder within an item, by its state in the trash: the sweep didn't journal it. */
function journalOwner({ trash, parents, journal }: TreeAndTrash, folder: string): void {
  if (parents.has(folder)) return;
  const meta = trash.meta(folder);
  if (meta === undefined) return;
  parents.set(folder, meta);
  journal.add({ t: 'parent', path: folder, ...meta });
}

/** False for a parent that can't be reached. Its item's restore then reports the conflict. */
function isMissing(store: TreeAndTrash, folder: string): boolean {
  try {
    return store.tree.lstat(folder) === undefined;
  } catch (error) {
    moveErrorReason(error);
    return false;
  }
}

/** Whether only regsweep has changed the folder's entries since the item was moved. */
function isFolderUntouched(
  store: TreeAndTrash,
  folder: string,
  folderTimesAfter: RunFile['folderTimesAfter'],
): boolean {
  const before = store.parents.get(folder);
  if (before === undefined) return false;
  try {
    const now = store.tree.meta(folder)?.mtimeNs;
    if (now === undefined) return false;
    if (now === folderTimesAfter.get(folder)) return true;
    return now.slice(0, -3) === before.mtimeNs.slice(0, -3);
  } catch (error) {
    moveErrorReason(error);
    return false;
  }
}

/** @returns what was restored, also if the disk or the journal failed midway: see `fatal` */
export async function putBack(
  store: TreeAndTrash,
  { items, apart, record }: PutBack,
): Promise<PutBackOutcome> {
  const restored: ItemRecord[] = [];
  const conflicts: Conflict[] = [];
  const notes: Note[] = [];
  let fatal: Error | undefined;
  let unsynced: Error | undefined;
  for (const item of items) {
    const found = fatal === undefined ? attempt() : [{ path: item.path, reason: 'not reached' }];
    if (found.length === 0 && !isPartlyInTrash(store, item, apart)) restored.push(item);
    for (const { reason } of found) notes.push([item.n, reason]);
    conflicts.push(...found);

    function attempt(): Conflict[] {
      try {
        return putBackOne(store, item, apart.get(item.n));
      } catch (error) {
        if (isFatal(error)) fatal = error as Error;
        return [{ path: item.path, reason: moveErrorReason(error) }];
      }
    }
  }
  try {
    setFolderMeta(store, record);
    const changed = changedFolders(record, items);
    await store.tree.syncFolders(changed.filter((folder) => isFolder(store.tree, folder)));
    await store.trash.syncFolders(changed.filter((folder) => isFolder(store.trash, folder)));
  } catch (error) {
    unsynced = error as Error;
    fatal ??= unsynced;
  }
  const n = restored.map((item) => item.n);
  const unwritten = store.journal.tryCommit({ t: 'restored', n, conflicts: notes });
  fatal ??= unwritten;
  return {
    restored,
    apart: restoredApart(store, record),
    conflicts,
    ...(fatal === undefined ? {} : { fatal }),
    ...(unsynced === undefined ? {} : { unsynced }),
  };
}

/** Whether the item was restored in part only and the rest is still in the trash. */
const isPartlyInTrash = (
  store: TreeAndTrash,
  { n, path }: ItemRecord,
  apart: PartialPaths,
): boolean => apart.has(n) && store.trash.lstat(path) !== undefined;

function restoredApart({ trash }: TreeAndTrash, { apart = [] }: RestoreRecord): readonly string[] {
  return apart.filter((path) => trash.lstat(path) === undefined);
}

/** @returns the entries that stay in the trash, with reasons */
function putBackOne(store: TreeAndTrash, item: ItemRecord, apart?: readonly string[]): Conflict[] {
  const { path, kind, ino } = item;
  if (apart !== undefined) return apart.flatMap((one) => putBackPath(store, one));
  if (kind !== 'empty-directory') return putBackPath(store, path, ino);
  makeParents(store, path);
  return remakeFolder(store, path)
    ? []
    : [{ path, reason: 'the journal doesn’t have its owner and mode' }];
}

/**
 * Moves a removed folder back with all its attributes, or else creates it.
 * @returns false if its owner and mode are unknown
 */
function remakeFolder(store: TreeAndTrash, folder: string): boolean {
  const { tree, parents } = store;
  if (tree.lstat(folder) !== undefined) return true;
  const place = emptiedAt(folder);
  const isHere = store.trash.lstat(place)?.isDirectory() === true;
  const from = isHere ? store.trash : store.elsewhere?.(folder);
  const stat = from?.lstat(place);
  if (from !== undefined && stat?.isDirectory() === true) {
    try {
      from.move(place, tree, folder, stat);
      from.syncFolder(EMPTIED);
      return true;
    } finally {
      if (from !== store.trash) from.close();
    }
  }
  const meta = parents.get(folder);
  if (meta !== undefined) tree.makeFolder(folder, meta);
  return meta !== undefined;
}

function putBackPath(store: TreeAndTrash, path: string, ino?: number): Conflict[] {
  makeParents(store, path);
  if (store.trash.lstat(path) !== undefined) return mergeBack(store, path);
  const there = store.tree.lstat(path);
  const isRestored = there !== undefined && (ino === undefined || there.ino === ino);
  return isRestored ? [] : [{ path, reason: 'is not in the trash' }];
}

function makeParents(store: TreeAndTrash, path: string): void {
  // Of most items all folders exist, as the innermost one shows.
  const parent = parentOf(path);
  if (parent !== '' && store.tree.lstat(parent) !== undefined) return;
  for (const folder of ancestorsOf(path)) {
    if (!remakeFolder(store, folder)) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
  }
}

/** For a recovery: sets owners, modes and times as `putBack` does, and fsyncs. */
export function settleFolders(
  store: TreeAndTrash,
  record: RestoreRecord,
  items: readonly ItemRecord[],
): void {
  setFolderMeta(store, record);
  for (const folder of changedFolders(record, items)) {
    if (isFolder(store.tree, folder)) store.tree.syncFolder(folder);
    if (isFolder(store.trash, folder)) store.trash.syncFolder(folder);
  }
}

/** Sets owner, mode and times of created folders, and the times of untouched ones. */
function setFolderMeta({ tree, parents }: TreeAndTrash, record: RestoreRecord): void {
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
}

/** Folders whose entries a restore changed. Not all of them may exist. */
function changedFolders(
  { made, apart = [] }: RestoreRecord,
  items: readonly ItemRecord[],
): string[] {
  const paths = [...made, ...items.map((item) => item.path), ...apart];
  return [...new Set([...made, ...paths.map(parentOf)])];
}

/** False if the folder is missing, or behind a symbolic link or a mount. */
function isFolder(where: StorageWriter, folder: string): boolean {
  try {
    return where.meta(folder) !== undefined;
  } catch (error) {
    if (isFatal(error)) throw error;
    moveErrorReason(error);
    return false;
  }
}
