/** Settles an interrupted run whose files were put aside. Afterwards none of them is aside. */
import { parentOf } from '../../util/paths.js';
import { moveErrorReason } from '../items/move.js';
import type { RunStore } from '../journal/open-run.js';
import type { RunFile } from '../journal/reader.js';
import type { ItemLocation, ItemRecord } from '../journal/records.js';
import type { Conflict } from '../model/types.js';
import { dropAside } from './drop-aside.js';
import { takeBack } from './take-back.js';

export interface Settled {
  readonly found: readonly (readonly [ItemRecord, ItemLocation])[];
  readonly conflicts: readonly Conflict[];
}

/**
 * Finishes the batch of an interrupted deletion: some of its files may be deleted, so items that
 * refer to them must not be restored. Restores all other items in reverse order.
 * @throws fatal system errors; RegsweepError `failed` if the journal can't be written
 */
export function settleInPlace(store: RunStore, run: RunFile): Settled {
  const begun = new Set(run.open?.kind === 'purge' ? run.open.n : []);
  const found: [ItemRecord, ItemLocation][] = [];
  const conflicts: Conflict[] = [];
  for (const item of run.items(begun)) {
    try {
      const reason = dropAside(store.tree, item, store.id, () => {});
      if (reason !== undefined) conflicts.push({ path: item.path, reason });
    } catch (error) {
      conflicts.push({ path: item.path, reason: moveErrorReason(error) });
    }
    if (store.tree.lstat(parentOf(item.path)) !== undefined) {
      store.tree.syncFolder(parentOf(item.path));
    }
    found.push([item, 'purged']);
  }
  const left: number[] = [];
  for (let n = run.count - 1; n >= 0; n--) {
    if (run.place(n) !== 'purged' && !begun.has(n)) left.push(n);
  }
  const back = takeBack(store, run.items(left));
  if (back.fatal !== undefined) throw back.fatal;
  conflicts.push(...back.conflicts);
  for (const item of run.items(left)) found.push([item, 'tree']);
  store.journal.commit({ t: 'settled', items: found.map(([{ n }, place]) => [n, place]) });
  return { found, conflicts };
}
