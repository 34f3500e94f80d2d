/** Settles a run that was cut short while its items were aside: nothing of it stays aside. */
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
 * A deletion that was begun is finished, as far as its batch goes: part of it may be gone, and what
 * refers to that must not come back. Everything else is brought back, the last that went first.
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
