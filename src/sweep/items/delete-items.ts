/** Ends what lies in the trash for good: unlink and rmdir, one entry at a time. */
import type { Stats } from 'node:fs';
import { DATA } from '../../storage/layout.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { isNoSpace } from '../../util/errors.js';
import { parentOf } from '../../util/paths.js';
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
 * Journals the purge of items and carries it out.
 * @param onUnlink hears of each file right after its name went
 * @throws RegsweepError only when the journal can't be written
 */
export function dropBatch(
  store: RunStore,
  items: readonly ItemRecord[],
  onUnlink: (file: Stats) => void,
): DropOutcome {
  const dropped: ItemRecord[] = [];
  const failed: NotDropped[] = [];
  const counted = countAll(store, items, failed);
  const drop = ({ item }: Counted): void => {
    try {
      const reason = dropOne(store, item, onUnlink);
      if (reason === undefined) dropped.push(item);
      else failed.push([item, reason]);
    } catch (error) {
      failed.push([item, moveErrorReason(error)]);
    }
  };
  const first = intendDrop(store, counted, drop);
  for (const each of counted.slice(first)) drop(each);
  for (const folder of new Set(dropped.map((item) => parentOf(item.path)))) {
    if (store.trash.lstat(folder) !== undefined) store.trash.syncFolder(folder);
  }
  store.journal.commit({ t: 'purged', n: dropped.map((item) => item.n) });
  return { dropped, failed };
}

/** Adds up files by what they were when one of their names went, over all batches of a command. */
export class UnlinkedFiles {
  /** Allocated bytes of files whose last name went. */
  freed = 0;
  /** Apparent size of all files that went, each once. */
  bytes = 0;
  readonly #shared = new Set<string>();

  add({ dev, ino, nlink, size, blocks }: Stats): void {
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

/** An item that can't be looked through, such as one with a mount in it, isn't begun. */
function countAll(store: RunStore, items: readonly ItemRecord[], failed: NotDropped[]): Counted[] {
  const counted: Counted[] = [];
  for (const item of items) {
    try {
      // An empty directory was removed, not moved: what has its name here holds other items.
      const none = item.kind === 'empty-directory';
      counted.push({ item, entries: none ? 0 : countEntries(store.trash, item.path) });
    } catch (error) {
      failed.push([item, moveErrorReason(error)]);
    }
  }
  return counted;
}

/** Items that are ended before it is written that they are, so that there is room to write it. */
const FOR_ROOM = 100;

/**
 * Where a full disk has no room for the record, the first items are ended without it, one by one:
 * what was asked for is to end them all.
 * @returns how many of the items were ended so
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
  if (item.kind === 'empty-directory') return undefined;
  if (item.kind === 'blob' && otherContentInTree(store, item.path)) {
    return 'the tree holds other content under the same digest: both are kept';
  }
  dropTree(store.trash, item.path, onUnlink);
  return undefined;
}

function otherContentInTree({ tree, trash }: RunStore, path: string): boolean {
  const file = `${path}/${DATA}`;
  if (tree.lstat(file) === undefined || trash.lstat(file) === undefined) return false;
  return !sameContent(tree, trash, file);
}

/** Entries of an item, itself included; 0 when it isn't there. */
export function countEntries(trash: StorageWriter, path: string): number {
  const stat = trash.lstat(path);
  if (stat?.isDirectory() !== true) return stat === undefined ? 0 : 1;
  const names = trash.names(path) ?? [];
  return names.reduce((sum, name) => sum + countEntries(trash, `${path}/${name}`), 1);
}

/** A folder on another mount is EXDEV before anything in it is looked at. */
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
}
