/** Settles an interrupted run whose files were put aside. Afterwards none of them is aside. */
import type { StorageWriter } from '../../storage/writer/writer.js';
import { RegsweepError } from '../../util/errors.js';
import { parentOf } from '../../util/paths.js';
import { countEntries } from '../items/delete-items.js';
import { isFatal, moveErrorReason } from '../items/move.js';
import type { RunStore } from '../journal/open-run.js';
import type { RunFile } from '../journal/reader.js';
import type { ItemLocation, ItemRecord } from '../journal/records.js';
import type { Conflict } from '../model/types.js';
import { dropAside } from './drop-aside.js';
import { takeBack } from './take-back.js';

export interface Settled {
  readonly found: readonly (readonly [ItemRecord, ItemLocation])[];
  /** Files that are kept beside another one at their path, and folders with other files. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Of a batch whose deletion was interrupted, finishes the items up to the last one of which
 * something is deleted: items that refer to it must not be restored. Restores all other items in
 * reverse order, since this runs without a clearance.
 * @throws fatal system errors; RegsweepError `failed` if the journal can't be written, or if files
 *   are still aside: the journal says of which items, and the next recovery tries again
 */
export function settleInPlace(store: RunStore, run: RunFile): Settled {
  const found: [ItemRecord, ItemLocation][] = [];
  const stuck: Conflict[] = [];
  const begun = new Set(begunIn(store, run));
  const conflicts = finishDrop(store, run.items(begun), found, stuck);
  const left = notPurged(run, begun);
  const back = takeBack(store, run.items(left));
  if (back.fatal !== undefined) throw back.fatal;
  conflicts.push(...back.conflicts);
  stuck.push(...back.stuck);
  const restored = new Set(back.restored.map(({ n }) => n));
  for (const item of run.items(left)) found.push([item, restored.has(item.n) ? 'tree' : 'trash']);
  store.journal.commit({ t: 'settled', items: found.map(([{ n }, place]) => [n, place]) });
  const [first] = stuck;
  if (first === undefined) return { found, conflicts };
  throw new RegsweepError(
    'failed',
    `run ${store.id} was interrupted and can't be recovered: ${first.path}: ${first.reason}`,
    { path: first.path, remedy: 'end the cause, and repeat the command' },
  );
}

/** Items of an open deletion up to the last one of which something is deleted. */
function begunIn({ tree }: RunStore, run: RunFile): readonly number[] {
  if (run.open?.kind !== 'purge') return [];
  const { n, entries } = run.open;
  let begun = 0;
  let at = 0;
  for (const item of run.items(n)) {
    if (isBegun(tree, item, entries[at] ?? 0, begun === at)) begun = at + 1;
    at += 1;
  }
  return n.slice(0, begun);
}

/** @param isNext all items before it are begun; a repository also has fewer entries by these */
function isBegun(
  tree: StorageWriter,
  { kind, path }: ItemRecord,
  entries: number,
  isNext: boolean,
): boolean {
  if (kind === 'repository' && !isNext) return false;
  try {
    return countEntries(tree, path) < (kind === 'empty-directory' ? 1 : entries);
  } catch (error) {
    if (isFatal(error)) throw error;
    return false; // its files can't be reached, which `takeBack` reports
  }
}

function finishDrop(
  store: RunStore,
  items: Iterable<ItemRecord>,
  found: [ItemRecord, ItemLocation][],
  stuck: Conflict[],
): Conflict[] {
  const { tree } = store;
  const conflicts: Conflict[] = [];
  for (const item of items) {
    const parent = parentOf(item.path);
    try {
      const reason = dropAside(tree, item, store.id, () => {});
      if (reason !== undefined) conflicts.push({ path: item.path, reason });
      if (tree.lstat(parent) !== undefined) tree.syncFolder(parent);
      found.push([item, 'purged']);
    } catch (error) {
      stuck.push({ path: item.path, reason: moveErrorReason(error) });
      found.push([item, 'trash']);
    }
  }
  return conflicts;
}

function notPurged(run: RunFile, begun: ReadonlySet<number>): number[] {
  const left: number[] = [];
  for (let n = run.count - 1; n >= 0; n--) {
    if (run.place(n) !== 'purged' && !begun.has(n)) left.push(n);
  }
  return left;
}
