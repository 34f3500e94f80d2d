/** Deletes items from the trash with unlink and rmdir, one entry at a time. */
import type { Stats } from 'node:fs';
import { DATA } from '../../storage/layout.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { isNoSpace } from '../../util/errors.js';
import { parentOf } from '../../util/paths.js';
import { dropAside } from '../in-place/drop-aside.js';
import type { RunStore } from '../journal/open-run.js';
import type { ItemRecord } from '../journal/records.js';
import { moveErrorReason } from './move.js';
import { sameContent } from './same-content.js';

type NotDropped = readonly [item: ItemRecord, reason: string];

export interface DropOutcome {
  readonly dropped: readonly ItemRecord[];
  readonly failed: readonly NotDropped[];
}

/**
 * Journals the purge of items and executes it.
 * @param onUnlink called for each file and folder right after its removal
 * @throws RegsweepError only if the journal can't be written
 */
export async function dropBatch(
  store: RunStore,
  items: readonly ItemRecord[],
  onUnlink: (file: Stats) => void,
): Promise<DropOutcome> {
  const dropped: ItemRecord[] = [];
  const failed: NotDropped[] = [];
  const counted = countAll(store, items, failed);
  const drop = ({ item }: Counted): void => {
    // In place, a failed item is restored and needs the items after it.
    if (store.isInPlace && failed.length > 0) return void failed.push([item, 'not reached']);
    try {
      const reason = dropOne(store, item, onUnlink);
      if (reason === undefined) dropped.push(item);
      else failed.push([item, reason]);
    } catch (error) {
      failed.push([item, moveErrorReason(error)]);
    }
  };
  const deletedBefore = intendDrop(store, counted, drop);
  for (const each of counted.slice(deletedBefore)) drop(each);
  const parents = [...new Set(dropped.map((item) => parentOf(item.path)))];
  await store.trash.syncFolders(
    parents.filter((folder) => store.trash.lstat(folder) !== undefined),
  );
  store.journal.commit({ t: 'purged', n: dropped.map((item) => item.n) });
  return { dropped, failed };
}

/** Adds up unlinked files, by their state before the unlink, over all batches of a command. */
export class UnlinkedFiles {
  /** Allocated bytes of files whose last name was unlinked. */
  freed = 0;
  /** Apparent size in bytes of all unlinked files, each counted once. */
  bytes = 0;
  readonly #shared = new Set<string>();

  /** Allocated bytes of removed folders. */
  folders = 0;

  add(stat: Stats): void {
    const { dev, ino, nlink, size, blocks } = stat;
    if (stat.isDirectory()) {
      this.folders += blocks * 512;
      return;
    }
    const key = `${dev}:${ino}`;
    if (nlink === 1) this.freed += blocks * 512;
    if (!this.#shared.has(key)) this.bytes += size;
    if (nlink > 1) this.#shared.add(key);
    else this.#shared.delete(key);
  }
}

interface Counted {
  readonly item: ItemRecord;
  readonly entries: number;
}

/**
 * Counts the entries of each item. Doesn't begin an item that can't be read, such as with a mount.
 */
function countAll(store: RunStore, items: readonly ItemRecord[], failed: NotDropped[]): Counted[] {
  const counted: Counted[] = [];
  for (const item of items) {
    try {
      // A removed empty folder isn't at its path in the trash: a folder there contains other items.
      const isFolder = item.kind === 'empty-directory';
      counted.push({ item, entries: isFolder ? 0 : countEntries(store.trash, item.path) });
    } catch (error) {
      failed.push([item, moveErrorReason(error)]);
    }
  }
  return counted;
}

/** Maximum number of items to delete before their record is written, to free space for it. */
const FOR_ROOM = 100;

/**
 * Journals the purge. If a full disk has no space for the record, deletes items one by one until it
 * has: all of them are to be deleted in any case.
 * @returns how many items were deleted before the record was written
 */
function intendDrop(
  store: RunStore,
  counted: readonly Counted[],
  drop: (each: Counted) => void,
): number {
  const n = counted.map(({ item }) => item.n);
  const entries = counted.map((each) => each.entries);
  for (let ended = 0; ; ended++) {
    const unwritten = store.journal.tryCommit({ t: 'purge', n, entries });
    if (unwritten === undefined) return ended;
    store.journal.discard();
    const next = counted[ended];
    if (next === undefined || ended === FOR_ROOM || !isNoSpace(unwritten)) {
      if (ended > 0) throw unwritten;
      store.journal.add({ t: 'purge', n, entries });
      store.journal.add({ t: 'purged', n: [] });
      throw unwritten;
    }
    drop(next);
    store.trash.syncFolder('');
  }
}

function dropOne(
  store: RunStore,
  item: ItemRecord,
  onUnlink: (file: Stats) => void,
): string | undefined {
  if (store.isInPlace) return dropAside(store.tree, item, store.id, onUnlink);
  if (item.kind === 'empty-directory') return undefined;
  if (item.kind === 'blob' && otherContentInTree(store, item.path)) {
    return 'the tree has other content under the same digest; both are kept';
  }
  dropTree(store.trash, item.path, onUnlink);
  return undefined;
}

function otherContentInTree({ tree, trash }: RunStore, path: string): boolean {
  const file = `${path}/${DATA}`;
  if (tree.lstat(file) === undefined || trash.lstat(file) === undefined) return false;
  return !sameContent(tree, trash, file);
}

/** Number of entries of an item, itself included; 0 if it is missing. */
export function countEntries(trash: StorageWriter, path: string): number {
  const stat = trash.lstat(path);
  if (stat?.isDirectory() !== true) return stat === undefined ? 0 : 1;
  const names = trash.names(path) ?? [];
  return names.reduce((sum, name) => sum + countEntries(trash, `${path}/${name}`), 1);
}

/**
 * Deletes a file, or a folder with its contents. The writer refuses a folder on another mount with
 * EXDEV before it reads that folder.
 */
export function dropTree(
  trash: StorageWriter,
  path: string,
  onUnlink: (file: Stats) => void,
): void {
  const stat = trash.lstat(path);
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    trash.unlink(path);
    onUnlink(stat);
    return;
  }
  for (const name of trash.names(path) ?? []) dropTree(trash, `${path}/${name}`, onUnlink);
  trash.rmdir(path);
  onUnlink(stat);
}
