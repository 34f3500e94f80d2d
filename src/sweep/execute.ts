/**
 * Runs a plan's items kind by kind, in batches: intent journalled and fsynced, the guard asked
 * again, then check and rename one by one, fsync, done record. With `quarantine: false` what was
 * moved is ended for good only after the whole run was vouched for.
 */

import type { Clearance } from '../guard/model/types.js';
import type { StorageTree } from '../storage/port.js';
import { RegsweepError } from '../util/errors.js';
import { openTreeForWriting, RunStore } from './journal/open-run.js';
import type { RunEnd } from './journal/records.js';
import { BATCH_SIZE, batchesOf } from './model/batches.js';
import type { ExecuteInput } from './model/input.js';
import type { SweepResult } from './model/types.js';
import { yieldToSignals } from './model/yield-to-signals.js';
import { Execution } from './run.js';
import { makeRun } from './state/state.js';

/**
 * @returns what was done, also when the run ended early: see `state` and `error`
 * @throws RegsweepError when nothing was begun (state folder, tree, clearance), or when the
 *   journal can't be written; the next changing command then settles the run
 */
export async function execute(input: ExecuteInput): Promise<SweepResult> {
  checkClearance(input.clearance, input.tree);
  const tree = openTreeForWriting(input.tree);
  try {
    makeRun(input.state, input.runId);
    const store = RunStore.create(input.state, input.runId, tree);
    try {
      return await run(input, store);
    } finally {
      store.close();
    }
  } finally {
    tree.close();
  }
}

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
  let end = await batches(input, execution);
  if (end !== 'rolled-back') end = await execution.conclude(end);
  if (end === 'rolled-back') await execution.rollBack();
  return execution.finish(end);
}

async function batches(input: ExecuteInput, execution: Execution): Promise<RunEnd> {
  const size = input.options.batchSize ?? BATCH_SIZE;
  try {
    for (const batch of batchesOf(input.items, size)) {
      await yieldToSignals();
      if (input.signal?.aborted === true) return 'interrupted';
      const outcome = await execution.batch(batch);
      if (outcome !== 'done') return outcome;
    }
  } catch (error) {
    execution.fail(error);
    return 'partial';
  }
  return execution.skipped.count > 0 ? 'partial' : 'done';
}
