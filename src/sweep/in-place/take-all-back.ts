/** Ends a run in place: restores everything that was not deleted. */
import type { RunStore } from '../journal/open-run.js';
import type { RunFile } from '../journal/reader.js';
import type { ItemRecord } from '../journal/records.js';
import { BATCH_SIZE } from '../model/batch-size.js';
import { inBatches } from '../model/batches.js';
import type { RunTotals } from '../run-totals.js';
import { yieldToSignals } from '../stop-on-signal.js';
import { settleInPlace } from './settle.js';
import { takeBack } from './take-back.js';

/**
 * Restores all items that are put aside. Records failures in `totals`.
 * @param read reads the journal
 */
export async function takeAllBack(
  store: RunStore,
  totals: RunTotals,
  read: () => RunFile,
): Promise<void> {
  try {
    if (store.journal.isOpen) settle(store, totals, read());
    const run = read();
    for (const numbers of inBatches([...run.inTrash()].reverse(), () => BATCH_SIZE)) {
      await yieldToSignals();
      batchBack(store, totals, [...run.items(numbers)]);
    }
    if (totals.error !== undefined) failedBack(store, totals, run);
    // Some files of a failed item may be aside.
    if (totals.error !== undefined) takeBack(store, run.items(run.inTree()));
  } catch (error) {
    totals.fail(error);
  }
}

function settle(store: RunStore, totals: RunTotals, run: RunFile): void {
  const aside = new Set(run.inTrash());
  const { found, conflicts } = settleInPlace(store, run);
  const back = found.filter(([{ n }, place]) => place === 'tree' && aside.has(n));
  totals.addPutBack({ restored: back.map(([record]) => record), apart: [], conflicts });
}

function batchBack(store: RunStore, totals: RunTotals, records: readonly ItemRecord[]): void {
  const { journal } = store;
  store.forget();
  journal.add({ t: 'restore', n: records.map(({ n }) => n), made: [], times: [] });
  const outcome = takeBack(store, records);
  const n = outcome.restored.map((record) => record.n);
  const unwritten = journal.tryCommit({ t: 'restored', n, conflicts: [] });
  if (unwritten !== undefined) totals.fail(unwritten);
  totals.addPutBack(outcome);
  totals.addStuck(outcome.stuck);
}

/** Restores files of items that were put aside in part before an error. */
function failedBack(store: RunStore, totals: RunTotals, run: RunFile): void {
  const records = [...run.items(run.inTree())];
  const { restored, stuck, fatal } = takeBack(store, records);
  const back = new Set(restored);
  const aside = records.filter((record) => !back.has(record));
  if (aside.length > 0) {
    store.journal.commit({ t: 'settled', items: aside.map(({ n }) => [n, 'trash']) });
  }
  totals.addStuck(stuck);
  if (fatal !== undefined) totals.fail(fatal);
}
