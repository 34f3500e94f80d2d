/**
 * Restores items from the trash: referenced items before those that refer to them (the reverse of
 * the sweep's order), and for each kind from the newest run first. Replaces nothing in the tree.
 */

import { ACTION_KINDS } from '../../graph/action-kinds.js';
import type { Clearance } from '../../guard/model/types.js';
import type { StorageTree } from '../../storage/port.js';
import { isNoSpace, messageOf, RegsweepError } from '../../util/errors.js';
import { batchLines } from '../audit-lines.js';
import { checkClearance } from '../execute.js';
import {
  type PutBackOutcome,
  planPutBack,
  putBack,
  type TreeAndTrash,
} from '../items/restore-items.js';
import { damageOf, hasItems } from '../journal/damaged-runs.js';
import { openTreeForWriting } from '../journal/open-run.js';
import { readRunOrThrow } from '../journal/reader.js';
import { type ItemRecord, PartwiseCounts } from '../journal/records.js';
import { removeRun } from '../journal/remove-run.js';
import { BatchPace } from '../model/batch-size.js';
import { type Capped, CappedList, type Conflict, type KindCounts } from '../model/types.js';
import type { AuditLog } from '../state/audit.js';
import { releaseReserve } from '../state/reserve.js';
import type { SweepState } from '../state/state.js';
import { endIfStopped } from '../stop-on-signal.js';
import { openSource, type RestoreSource } from './restore-sources.js';
import { type RestoreSelection, type Selected, select } from './select.js';

export interface RestoreInput {
  readonly tree: StorageTree;
  readonly clearance: Clearance;
  readonly state: SweepState;
  readonly select: RestoreSelection;
  readonly audit?: AuditLog;
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of restored items so far. */
  readonly onProgress?: (done: number) => void;
  readonly batchSize?: number;
}

export interface RestoreResult {
  readonly state: 'done' | 'partial' | 'interrupted';
  readonly restored: KindCounts;
  /** Apparent size in bytes of the restored files. */
  readonly bytes: number;
  /** Allocated bytes of the restored files that have no other name. */
  readonly diskBytes: number;
  /** Entries that stay in the trash, with the reason. */
  readonly conflicts: Capped<Conflict & { readonly runId: string }>;
  /** Requested paths that no run's trash contains. */
  readonly missing: readonly string[];
  /** Ids of runs that had nothing left and were removed. */
  readonly emptied: readonly string[];
  readonly error?: RegsweepError;
}

/**
 * Restores the selected items.
 * @returns what was restored, also if the restore ended early: see `state` and `error`
 * @throws RegsweepError if nothing was begun: another tree's clearance, or a run that is missing,
 *   damaged or interrupted
 */
export async function restoreItems(input: RestoreInput): Promise<RestoreResult> {
  checkClearance(input.clearance, input.tree);
  const { chosen, missing } = select(input.state, input.select);
  const tree = openTreeForWriting(input.tree);
  const sources: RestoreSource[] = [];
  const work = new Restoration(input);
  try {
    for (const selected of chosen) sources.push(openSource(input.state, selected, tree));
    await restoreAll(work, input, sources);
  } finally {
    for (const source of sources) source.close();
    tree.close();
  }
  return work.finish(chosen, missing);
}

/** Restores kind by kind over all runs, so that an item never precedes one that it refers to. */
async function restoreAll(
  work: Restoration,
  input: RestoreInput,
  sources: readonly RestoreSource[],
): Promise<void> {
  const pace = new BatchPace(input.batchSize);
  try {
    for (const kind of [...ACTION_KINDS].reverse()) {
      for (const source of sources) {
        for (const items of source.batches(kind, () => pace.size)) {
          await pace.run(items.length, () => work.batch(source, items));
        }
      }
    }
    if (work.hasRestored) await input.clearance.renew();
  } catch (error) {
    work.fail(error);
  }
}

/**
 * Replaces the journal on a full disk. Each item is always in exactly one place, so a killed
 * restore without a record can be repeated.
 */
const NO_JOURNAL: TreeAndTrash['journal'] = {
  add: () => {},
  discard: () => {},
  tryCommit: () => undefined,
};

class Restoration {
  readonly #restored = new PartwiseCounts();
  #done = 0;
  #bytes = 0;
  #diskBytes = 0;
  readonly #conflicts = new CappedList<Conflict & { readonly runId: string }>();
  #error: RegsweepError | undefined;
  hasRestored = false;
  #isReserveReleased = false;
  /** Runs whose journal had no space for the record of the restore. */
  readonly #unjournalled = new Set<string>();

  constructor(private readonly input: RestoreInput) {}

  async batch(source: RestoreSource, items: readonly ItemRecord[]): Promise<void> {
    await endIfStopped(this.input.signal);
    let sides = source.sidesFor(items);
    const plan = planPutBack(sides, items, source.folderTimesAfter, source.apart);
    await this.input.clearance.renew();
    const unwritten = sides.journal.tryCommit(plan.record);
    if (unwritten !== undefined && isNoSpace(unwritten)) {
      sides.journal.discard();
      sides = { ...sides, journal: NO_JOURNAL };
      this.#unjournalled.add(source.id);
    } else if (unwritten !== undefined) {
      sides.journal.add({ t: 'restored', n: [], conflicts: [] });
      throw unwritten;
    }
    const outcome = await putBack(sides, plan);
    this.hasRestored = true;
    this.#recordRestored(source, outcome);
    if (outcome.fatal === undefined) return;
    const isFull = outcome.unsynced === undefined && isNoSpace(outcome.fatal);
    if (!isFull || this.#isReserveReleased) throw outcome.fatal;
    // Releases the reserved space and tries the rest of the batch once more.
    this.#isReserveReleased = true;
    releaseReserve(this.input.state.home);
    this.#conflicts.clear();
    await this.batch(
      source,
      items.filter((item) => !outcome.restored.includes(item)),
    );
  }

  #recordRestored(source: RestoreSource, outcome: PutBackOutcome): void {
    this.#restored.add(source.id, outcome.restored, (n) => source.wholeOf(n));
    for (const { bytes, disk } of outcome.restored) {
      this.#bytes += bytes;
      this.#diskBytes += disk;
    }
    for (const conflict of outcome.conflicts) {
      this.#conflicts.add({ runId: source.id, ...conflict });
    }
    this.#audit(source.id, outcome);
    this.#done += outcome.restored.length;
    this.input.onProgress?.(this.#done);
  }

  fail(error: unknown): void {
    this.#error =
      error instanceof RegsweepError
        ? error
        : new RegsweepError('failed', messageOf(error), { cause: error });
  }

  finish(chosen: readonly Selected[], missing: readonly string[]): RestoreResult {
    const emptied = chosen
      .filter(({ id, file }) => this.#isEmptied(id, file !== undefined))
      .map(({ id }) => id)
      .filter((id) => removeRun(this.input.state, id));
    const isComplete =
      this.#error === undefined && this.#conflicts.count === 0 && missing.length === 0;
    return {
      state: this.#error?.code === 'interrupted' ? 'interrupted' : isComplete ? 'done' : 'partial',
      restored: this.#restored.counts,
      bytes: this.#bytes,
      diskBytes: this.#diskBytes,
      conflicts: this.#conflicts,
      missing,
      emptied,
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }

  /** Whether nothing of the run is left. A run with a damaged journal is kept. */
  #isEmptied(id: string, hasJournal: boolean): boolean {
    const { state } = this.input;
    if (hasJournal && !readRunOrThrow(state, id).anyInTrash) return true;
    // After a restore without a record only the trash shows what is left.
    if (hasJournal && (this.#error !== undefined || !this.#unjournalled.has(id))) return false;
    return damageOf(state, id)?.code !== 'failed' && !hasItems(state, id);
  }

  #audit(run: string, { restored, apart }: PutBackOutcome): void {
    const items = [...restored, ...apart.map((path) => ({ path }))];
    if (items.length > 0) this.input.audit?.append(...batchLines('restored', run, items));
  }
}
