/**
 * Recovers the journals of interrupted runs: finds the place of each item of the unfinished batch
 * (it is in exactly one), fsyncs it and writes it to the journal. Never continues the plan. All
 * steps can be repeated, so an interrupted recovery is recovered the same way.
 */
import fs from 'node:fs';
import { fsPath } from '../storage/names.js';
import { RegsweepError } from '../util/errors.js';
import { parentOf } from '../util/paths.js';
import { type Settled, settleInPlace } from './in-place/settle.js';
import { countEntries, dropTree } from './items/delete-items.js';
import { settleFolders } from './items/restore-items.js';
import { type DamagedRun, damagedRuns, readRunOrProblem } from './journal/damaged-runs.js';
import { EMPTIED, openTrash, openTreeForWriting, RunStore } from './journal/open-run.js';
import { type OpenBatch, type RunFile, readRun } from './journal/reader.js';
import { endRecord, type ItemLocation, type ItemRecord } from './journal/records.js';
import { removeRun } from './journal/remove-run.js';
import type { Conflict } from './model/types.js';
import { checkFolder, runIds, type SweepState } from './state/state.js';

export interface SettledRun {
  readonly runId: string;
  /** The operation that was interrupted; undefined between batches. */
  readonly batch?: OpenBatch['kind'];
  /** Number of items of that batch in each place. */
  readonly places: Readonly<Record<ItemLocation, number>>;
  /** Paths of items that are neither in the tree nor in the trash. */
  readonly lost: readonly string[];
  /** Files of a run in place that are kept beside others, and its folders with other files. */
  readonly conflicts: readonly Conflict[];
}

export interface RecoveryReport {
  readonly runs: readonly SettledRun[];
  /** Ids of runs that had nothing left and were removed. */
  readonly removed: readonly string[];
  /** Runs with a damaged journal. They are not changed. */
  readonly damaged: readonly DamagedRun[];
}

/** @returns the ids of the runs that `recover` would settle; changes nothing */
export function pendingRecovery(state: SweepState): string[] {
  return runIds(state).filter((id) => {
    const run = readRunOrProblem(state, id);
    if (run instanceof RegsweepError) return false;
    return run === undefined ? !needsOtherState(state, id) : isPending(run);
  });
}

/** A run in place keeps its journal only while files of it are aside. */
const isPending = (run: RunFile): boolean =>
  run.ended === undefined ||
  run.open !== undefined ||
  run.torn ||
  !run.anyInTrash ||
  run.header.inPlace === true;

/** Whether a trash without a journal has items: then it was made with another state directory. */
function needsOtherState(state: SweepState, id: string): boolean {
  if (!fs.existsSync(fsPath(state.trashPath(id)))) return false;
  const trash = openTrash(state, id);
  try {
    return (trash.names('') ?? []).length > 0;
  } finally {
    trash.close();
  }
}

/**
 * Recovers all interrupted runs. Each changing command calls it, with the lock held, before it
 * reads the tree.
 * @throws RegsweepError if a run's folder fails its check or its journal can't be written
 */
export function recover(state: SweepState): RecoveryReport {
  const runs: SettledRun[] = [];
  const removed: string[] = [];
  for (const id of pendingRecovery(state)) {
    checkFolder(state.runFolder(id), state.tree.device);
    const run = readRun(state, id);
    if (run !== undefined) runs.push(settleRun(state, run));
    if (readRun(state, id)?.anyInTrash !== true && removeRun(state, id)) removed.push(id);
  }
  return { runs, removed, damaged: damagedRuns(state) };
}

function settleRun(state: SweepState, run: RunFile): SettledRun {
  const places: Record<ItemLocation, number> = { trash: 0, tree: 0, purged: 0, lost: 0 };
  const lost: string[] = [];
  let conflicts: readonly Conflict[] = [];
  const { id } = run.header;
  const tree = openTreeForWriting(state.tree);
  const store = RunStore.reopen(state, run, tree);
  try {
    const settled = settleOpen(store, run);
    conflicts = settled.conflicts;
    for (const [{ path }, place] of settled.found) {
      places[place] += 1;
      if (place === 'lost') lost.push(path);
    }
    if (run.ended === undefined) {
      store.journal.commit(endRecord('interrupted'));
    }
  } finally {
    store.close();
    tree.close();
  }
  return {
    runId: id,
    places,
    lost,
    conflicts,
    ...(run.open === undefined ? {} : { batch: run.open.kind }),
  };
}

/**
 * Journals the place of each item of an interrupted batch.
 * @returns the items and their places
 */
export function settleOpen(store: RunStore, run: RunFile): Settled {
  if (store.isInPlace) return settleInPlace(store, run);
  if (run.open === undefined) return { found: [], conflicts: [] };
  const items = [...run.items(run.open.n)];
  const found = settleBatch(store, run.open, items);
  store.journal.commit({ t: 'settled', items: found });
  return { found: found.map(([, place], at) => [items[at]!, place]), conflicts: [] };
}

function settleBatch(
  store: RunStore,
  batch: OpenBatch,
  items: readonly ItemRecord[],
): [number, ItemLocation][] {
  const found = items.map((item, at): [number, ItemLocation] => [
    item.n,
    locationOf(store, batch, item, at),
  ]);
  if (batch.kind === 'restore') settleFolders(store, batch.record, items);
  for (const folder of new Set(items.map((item) => parentOf(item.path)))) {
    if (store.tree.lstat(folder) !== undefined) store.tree.syncFolder(folder);
    if (store.trash.lstat(folder) !== undefined) store.trash.syncFolder(folder);
  }
  if (store.trash.lstat(EMPTIED) !== undefined) store.trash.syncFolder(EMPTIED);
  return found;
}

function locationOf(store: RunStore, batch: OpenBatch, item: ItemRecord, at: number): ItemLocation {
  if (item.kind === 'empty-directory') return placeOfFolder(store, batch, item);
  if (batch.kind === 'restore') dropSecondNames(store, item.path);
  if (batch.kind === 'purge') finishPurge(store, item, batch.entries[at] ?? 0);
  if (store.trash.lstat(item.path) !== undefined) return 'trash';
  if (batch.kind === 'purge') return 'purged';
  return store.tree.lstat(item.path) === undefined ? 'lost' : 'tree';
}

function placeOfFolder(store: RunStore, batch: OpenBatch, item: ItemRecord): ItemLocation {
  if (batch.kind === 'purge') return 'trash';
  return store.tree.lstat(item.path) === undefined ? 'trash' : 'tree';
}

/** Removes the trash's name of a file if a restore was killed between its link and its unlink. */
function dropSecondNames(store: RunStore, path: string): void {
  const ours = store.trash.lstat(path);
  const theirs = store.tree.lstat(path);
  if (ours === undefined || theirs === undefined) return;
  if (ours.isDirectory() && theirs.isDirectory()) {
    for (const name of store.trash.names(path) ?? []) dropSecondNames(store, `${path}/${name}`);
    if ((store.trash.names(path) ?? []).length === 0) store.trash.rmdir(path);
  } else if (!ours.isDirectory() && ours.ino === theirs.ino && ours.dev === theirs.dev) {
    store.tree.syncFolder(parentOf(path));
    store.trash.unlink(path);
  }
}

/** Deletes the rest of an item whose purge had begun, since it can't be restored completely. */
function finishPurge(store: RunStore, item: ItemRecord, entries: number): void {
  if (countEntries(store.trash, item.path) < entries) dropTree(store.trash, item.path, () => {});
}
