/** Deletes quarantined items, references before the items that they refer to. */

import type { Clearance } from '../../guard/model/types.js';
import type { StorageTree } from '../../storage/port.js';
import { messageOf, RegsweepError } from '../../util/errors.js';
import { batchLines } from '../audit-lines.js';
import { checkClearance } from '../execute.js';
import { dropBatch, UnlinkedFiles } from '../items/delete-items.js';
import { openTreeForWriting, RunStore } from '../journal/open-run.js';
import { type RunFile, readRunOrThrow } from '../journal/reader.js';
import { PartwiseCounts } from '../journal/records.js';
import { removeRun } from '../journal/remove-run.js';
import { BatchPace } from '../model/batch-size.js';
import { inBatches } from '../model/batches.js';
import { type Capped, CappedList, type Conflict, type KindCounts } from '../model/types.js';
import type { AuditLog } from '../state/audit.js';
import type { SweepState } from '../state/state.js';
import { endIfStopped } from '../stop-on-signal.js';
import { notSettled } from './select.js';

export interface PurgeInput {
  readonly tree: StorageTree;
  readonly clearance: Clearance;
  readonly state: SweepState;
  readonly runs: readonly string[];
  /**
   * Whether an item must be kept, since another run or the tree needs it.
   * @param path in the tree
   */
  readonly keep?: (path: string, runId: string) => boolean;
  readonly audit?: AuditLog;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
  readonly batchSize?: number;
}

export interface PurgeResult {
  readonly state: 'done' | 'partial' | 'interrupted';
  readonly purged: KindCounts;
  /** Number of items that `keep` kept. */
  readonly kept: number;
  /** Apparent size in bytes of the deleted files. */
  readonly bytes: number;
  /** Allocated bytes (blocks × 512) of the files whose last name was deleted. */
  readonly freedBytes: number;
  /** Allocated bytes of the removed folders. */
  readonly folderBytes: number;
  readonly conflicts: Capped<Conflict & { readonly runId: string }>;
  /** Ids of runs that had nothing left and were removed. */
  readonly emptied: readonly string[];
  readonly error?: RegsweepError;
}

/**
 * Deletes the items of the given runs from the trash.
 * @returns what was deleted, also if the purge ended early: see `state` and `error`
 * @throws RegsweepError if nothing was begun: another tree's clearance, or a run that is missing,
 *   damaged or interrupted
 */
export async function purgeItems(input: PurgeInput): Promise<PurgeResult> {
  checkClearance(input.clearance, input.tree);
  const files = input.runs.map((id) => readRunOrThrow(input.state, id));
  for (const file of files) if (file.open !== undefined) throw notSettled(file);
  const tree = openTreeForWriting(input.tree);
  const work = new Purging(input);
  try {
    for (const file of files) {
      const store = RunStore.reopen(input.state, file, tree);
      try {
        await work.run(file, store);
      } finally {
        store.close();
      }
    }
  } catch (error) {
    work.fail(error);
  } finally {
    tree.close();
  }
  return work.finish();
}

class Purging {
  readonly #purged = new PartwiseCounts();
  readonly #conflicts = new CappedList<Conflict & { readonly runId: string }>();
  #kept = 0;
  readonly #gone = new UnlinkedFiles();
  #done = 0;
  #error: RegsweepError | undefined;
  readonly #pace: BatchPace;

  constructor(private readonly input: PurgeInput) {
    this.#pace = new BatchPace(input.batchSize);
  }

  async run(file: RunFile, store: RunStore): Promise<void> {
    for (const batch of inBatches(file.inTrash(), () => this.#pace.size)) {
      await this.#pace.run(batch.length, () => this.#batch(file, store, batch));
    }
  }

  async #batch(file: RunFile, store: RunStore, numbers: readonly number[]): Promise<void> {
    const { clearance, signal, keep, audit } = this.input;
    await endIfStopped(signal);
    store.forget();
    const items = [...file.items(numbers)].filter((item) => keep?.(item.path, store.id) !== true);
    this.#kept += numbers.length - items.length;
    if (items.length === 0) return;
    await clearance.renew();
    const outcome = await dropBatch(store, items, (gone) => this.#gone.add(gone));
    this.#purged.add(store.id, outcome.dropped, (n) => file.wholeOf(n));
    for (const [{ path }, reason] of outcome.failed) {
      this.#conflicts.add({ runId: store.id, path, reason });
    }
    if (outcome.dropped.length > 0)
      audit?.append(...batchLines('purged', store.id, outcome.dropped));
    this.#done += outcome.dropped.length;
    this.input.onProgress?.(this.#done);
  }

  fail(error: unknown): void {
    this.#error =
      error instanceof RegsweepError
        ? error
        : new RegsweepError('failed', messageOf(error), { cause: error });
  }

  finish(): PurgeResult {
    const { state, runs } = this.input;
    const emptied = runs
      .filter((id) => !readRunOrThrow(state, id).anyInTrash)
      .filter((id) => removeRun(state, id, (folder) => this.#gone.add(folder)));
    const isComplete = this.#error === undefined && this.#conflicts.count === 0;
    return {
      state: this.#error?.code === 'interrupted' ? 'interrupted' : isComplete ? 'done' : 'partial',
      purged: this.#purged.counts,
      kept: this.#kept,
      bytes: this.#gone.bytes,
      freedBytes: this.#gone.freed,
      folderBytes: this.#gone.folders,
      conflicts: this.#conflicts,
      emptied,
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }
}
