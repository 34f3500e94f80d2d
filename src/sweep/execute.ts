/**
 * Executes a plan's items kind by kind, in batches. For each batch: writes the intents to the
 * journal and fsyncs it, asks the guard again, checks and renames each item, fsyncs the folders,
 * writes the done record. With `quarantine: false` the moved items are deleted after the guard has
 * confirmed the whole run.
 */

import type { Clearance } from '../guard/model/types.js';
import type { StorageTree } from '../storage/port.js';
import { isNoSpace, RegsweepError } from '../util/errors.js';
import { openTreeForWriting, RunStore } from './journal/open-run.js';
import type { RunEnd } from './journal/records.js';
import { removeRun } from './journal/remove-run.js';
import { BatchPace } from './model/batch-size.js';
import { batchesOf } from './model/batches.js';
import type { ExecuteInput } from './model/input.js';
import type { SweepResult } from './model/types.js';
import { Execution } from './run.js';
import { makeRun } from './state/state.js';
import { isStopped } from './stop-on-signal.js';

/**
 * @returns what was done, also if the run ended early: see `state` and `error`
 * @throws RegsweepError if nothing was begun (state folder, tree, clearance), or if the journal
 *   can't be written; the next changing command then recovers the run
 */
export async function execute(input: ExecuteInput): Promise<SweepResult> {
  checkClearance(input.clearance, input.tree);
  const tree = openTreeForWriting(input.tree);
  try {
    const inPlace = makeRunOrLess(input);
    const store = RunStore.create(input.state, input.runId, tree, inPlace);
    try {
      return await run(input, store);
    } finally {
      store.close();
    }
  } finally {
    tree.close();
  }
}

/** @returns true if the run has no trash, because no folder can be created beside the tree */
function makeRunOrLess({ state, runId, options }: ExecuteInput): boolean {
  const { quarantine, inPlace = false } = options;
  if (!inPlace) {
    try {
      makeRun(state, runId);
      return false;
    } catch (error) {
      if (quarantine || !isNoSpace(error)) throw error;
      removeRun(state, runId);
    }
  }
  makeRun(state, runId, true);
  return true;
}

/** @throws RegsweepError `guard-refused` if the clearance is for another tree */
export function checkClearance(clearance: Clearance, tree: StorageTree): void {
  const { device, inode } = clearance.tree;
  if (device === tree.device && inode === tree.inode) return;
  throw new RegsweepError('guard-refused', 'the clearance is for another storage tree', {
    path: tree.v2,
  });
}

async function run(input: ExecuteInput, store: RunStore): Promise<SweepResult> {
  const execution = new Execution(input, store);
  execution.begin();
  let end = await runBatches(input, execution);
  if (end !== 'rolled-back') end = await execution.conclude(end);
  if (end === 'rolled-back') await execution.rollBack();
  else await execution.takeBack();
  return execution.finish(end);
}

async function runBatches(input: ExecuteInput, execution: Execution): Promise<RunEnd> {
  const pace = new BatchPace(input.options.batchSize);
  try {
    for (const batch of batchesOf(input.items, () => pace.size)) {
      if (await isStopped(input.signal)) return 'interrupted';
      const outcome = await pace.run(batch.items.length, () => execution.batch(batch));
      if (outcome !== 'done') return outcome;
    }
  } catch (error) {
    execution.fail(error);
    return 'partial';
  }
  return execution.skipped.count > 0 ? 'partial' : 'done';
}
