/** Moves one batch into the trash. Nothing is awaited between an item's check and its rename. */

import type { Stats } from 'node:fs';
import type { PlannedItem } from '../../plan/types.js';
import type { EntrySnapshot } from '../../storage/entry-snapshot.js';
import { NOT_MOVED } from '../../storage/writer/writer-errors.js';
import { Allocation } from '../../util/disk/file-sizes.js';
import { errnoOf, messageOf } from '../../util/errors.js';
import { parentOf } from '../../util/paths.js';
import { putAside } from '../in-place/put-aside.js';
import { EMPTIED, emptiedAt, type RunStore } from '../journal/open-run.js';
import type { ItemRecord, Note } from '../journal/records.js';
import { type OwnChanges, whatChanged } from './verify-unchanged.js';

export interface Intent {
  readonly item: PlannedItem;
  readonly record: ItemRecord;
}

export interface MoveOutcome {
  readonly moved: readonly Intent[];
  readonly failed: readonly { readonly intent: Intent; readonly reason: string }[];
  /** Paths and mtimes (ns) of the parents after the batch. */
  readonly folderTimesAfter: readonly (readonly [string, string])[];
  /** An error of the disk (full, read-only, I/O). No further item is tried after it. */
  readonly fatal?: Error;
}

export interface RunChanges extends OwnChanges {
  readonly touched: Set<string>;
  mounts: readonly string[];
  /** Called with the files that were put aside, in their state after the rename. */
  readonly onAside?: ((files: readonly Stats[]) => void) | undefined;
}

/** After a skipped revision, the rest of the batch is skipped: an index needs its children. */
const REFERRER_STAYED = 'skipped: a manifest that refers to it was not removed';

const FATAL = new Set([
  ...['ENOSPC', 'EROFS', 'EIO', 'EDQUOT', 'ENFILE', 'EMFILE', 'ENOMEM'],
  ...['ESTALE', 'EUCLEAN', 'EREMOTEIO', 'EBADMSG', 'ENOMEDIUM', 'ENOKEY', 'EHWPOISON'],
]);

/** Whether an error concerns the whole disk or process, so that no other item can be moved. */
export const isFatal = (error: unknown): boolean => FATAL.has(errnoOf(error) ?? '');

/** The message of a system error for one item. @throws errors that are no system errors */
export function moveErrorReason(error: unknown): string {
  const errno = errnoOf(error);
  if (errno === 'ENOENT') return 'is gone';
  if (errno === 'ENOTDIR' || errno === 'ELOOP') return 'a folder above it is a symbolic link';
  if (errno === 'EXDEV') return 'is on another filesystem or mount';
  if (errno === 'ENOTEMPTY') return 'is not empty';
  if (errno === NOT_MOVED) return 'is not at its new path although the rename succeeded';
  if (errno === undefined) throw error;
  return `${errno}: ${messageOf(error).replace(/\/proc\/self\/fd\/\d+\//g, '')}`;
}

/** Files that move with the item; none for an empty folder. */
export function filesOf(item: PlannedItem): EntrySnapshot[] {
  if (item.action.kind === 'empty-directory') return [];
  return item.seen.filter((seen) => seen.type !== 'directory');
}

/** The journal's record of an item. @param n its number in the run */
export function recordOf(item: PlannedItem, n: number, part?: ItemRecord['part']): ItemRecord {
  const { kind, path, digest, repository, tag } = item.action;
  const size = new Allocation();
  for (const seen of filesOf(item)) size.add(seen);
  const self = item.seen[0];
  return {
    t: 'item',
    n,
    kind,
    path,
    ...(digest === undefined ? {} : { digest }),
    ...(repository === undefined ? {} : { repository }),
    ...(tag === undefined ? {} : { tag }),
    ...(part === undefined ? {} : { part }),
    dev: self?.dev ?? 0,
    ino: self?.ino ?? 0,
    bytes: size.bytes,
    disk: size.diskBytes,
  };
}

/**
 * Checks and renames items whose intent is in the journal, fsyncs the changed folders, and writes
 * the done record.
 * @returns what was moved, also if the disk failed midway: see `fatal`
 */
export async function moveBatch(
  store: RunStore,
  intents: readonly Intent[],
  own: RunChanges,
): Promise<MoveOutcome> {
  const moved: Intent[] = [];
  const failed: { intent: Intent; reason: string }[] = [];
  const dirty = new Set<string>();
  const dirtyTrash = new Set<string>();
  let fatal: Error | undefined;
  let hasSkippedRevision = false;
  for (const intent of intents) {
    const reason: string | undefined =
      fatal !== undefined ? 'not reached' : hasSkippedRevision ? REFERRER_STAYED : attempt();
    if (reason === undefined) moved.push(intent);
    else failed.push({ intent, reason });
    hasSkippedRevision ||= reason !== undefined && intent.item.action.kind === 'revision';

    function attempt(): string | undefined {
      try {
        return moveOne(store, intent, own, dirty, dirtyTrash);
      } catch (error) {
        // Some files of the item may be aside.
        if (isFatal(error) || store.isInPlace) fatal = error as Error;
        const reason = moveErrorReason(error);
        if (!isInTrash(store, intent.record)) return reason;
        noteMoved(intent.record, own, dirty, dirtyTrash);
        return undefined;
      }
    }
  }
  const unsynced = await syncAll(store, dirty, dirtyTrash);
  fatal ??= unsynced;
  const folderTimesAfter: [string, string][] = [];
  const unread = store.isInPlace ? undefined : readTimes(store, dirty, folderTimesAfter);
  fatal ??= unread;
  const unwritten = store.journal.tryCommit({
    t: 'done',
    not: failed.map(toNote),
    left: folderTimesAfter,
  });
  fatal ??= unwritten;
  return { moved, failed, folderTimesAfter, ...(fatal === undefined ? {} : { fatal }) };
}

/**
 * Whether an item is in the trash although its move has thrown: the call after the rename failed.
 * Told as not moved, it would not be restored. If this can't be read either, the error leaves the
 * batch open, and the next command finds each item's place.
 */
function isInTrash(store: RunStore, { kind, path, dev, ino }: ItemRecord): boolean {
  if (store.isInPlace) return false;
  const there = store.trash.lstat(kind === 'empty-directory' ? emptiedAt(path) : path);
  return there !== undefined && there.ino === ino && there.dev === dev;
}

const toNote = (entry: { intent: Intent; reason: string }): Note => [
  entry.intent.record.n,
  entry.reason,
];

function moveOne(
  store: RunStore,
  { item, record }: Intent,
  own: RunChanges,
  dirty: Set<string>,
  dirtyTrash: Set<string>,
): string | undefined {
  if (store.isInPlace) return asideOne(store, item, own, dirty);
  const { kind, path } = item.action;
  const reason = whatChanged(store.tree, item, own);
  if (reason !== undefined) return reason;
  if (kind === 'empty-directory') {
    moveFolder(store, path, record, dirtyTrash);
  } else {
    store.makeTrashParents(path, dirtyTrash);
    // Only a repository may have parts at its path in the trash that were moved before it.
    store.tree.move(path, store.trash, path, record, kind !== 'repository');
  }
  noteMoved(record, own, dirty, dirtyTrash);
  return undefined;
}

/** Adds the folders whose entries the move of an item has changed. */
function noteMoved(
  { kind, path }: ItemRecord,
  own: RunChanges,
  dirty: Set<string>,
  dirtyTrash: Set<string>,
): void {
  const parent = parentOf(path);
  dirty.add(parent);
  dirtyTrash.add(kind === 'empty-directory' ? EMPTIED : parent);
  if (kind !== 'blob') own.touched.add(parent);
}

function asideOne(
  { tree }: RunStore,
  item: PlannedItem,
  own: RunChanges,
  dirty: Set<string>,
): string | undefined {
  const { reason, files } = putAside(tree, item, own, (folder) => {
    dirty.add(folder);
    if (item.action.kind !== 'blob') own.touched.add(folder);
  });
  own.onAside?.(files);
  return reason;
}

/**
 * Moves an empty folder as it is, so that a restore keeps its ACLs, labels and other attributes.
 * Moves it back at once if an entry was created in it meanwhile, or if that can't be read.
 */
function moveFolder(
  { tree, trash }: RunStore,
  path: string,
  record: ItemRecord,
  dirtyTrash: Set<string>,
): void {
  const refuse = (): never => {
    throw Object.assign(new Error('ENOTEMPTY'), { code: 'ENOTEMPTY' });
  };
  if ((tree.names(path) ?? []).length > 0) refuse();
  const { uid, gid } = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  if (trash.makeFolder(EMPTIED, { mode: 0o700, uid, gid })) dirtyTrash.add('');
  const place = emptiedAt(path);
  if (trash.lstat(place) !== undefined) {
    tree.rmdir(path); // a folder at this path was removed before in this run
    return;
  }
  tree.move(path, trash, place, record);
  let isEmpty = false;
  try {
    isEmpty = (trash.names(place) ?? []).length === 0;
  } finally {
    if (!isEmpty) trash.move(place, tree, path, record);
  }
  if (!isEmpty) refuse();
}

/** Fsyncs the changed folders. Leaves out folders of the tree that were removed themselves. */
async function syncAll(
  store: RunStore,
  dirty: Iterable<string>,
  dirtyTrash: Iterable<string>,
): Promise<Error | undefined> {
  try {
    await store.trash.syncFolders(dirtyTrash);
    const existing = [...dirty].filter((folder) => store.tree.lstat(folder) !== undefined);
    await store.tree.syncFolders(existing);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/**
 * Reads the folders' times after the batch. A restore doesn't set the times of missing ones.
 * @returns the error that ended the reading
 */
function readTimes(
  store: RunStore,
  folders: Iterable<string>,
  times: [string, string][],
): Error | undefined {
  try {
    for (const folder of folders) {
      const meta = store.tree.meta(folder);
      if (meta !== undefined) times.push([folder, meta.mtimeNs]);
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
