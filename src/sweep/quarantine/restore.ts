/**
 * Brings items back from the trash: what is referenced before what refers to it (the reverse of
 * the sweep's order), and of each kind from the newest run first. Nothing in the tree is replaced.
 */

import { ACTION_KINDS } from '../../graph/action-kinds.js';
import type { Clearance } from '../../guard/model/types.js';
import type { StorageTree } from '../../storage/port.js';
import { isNoSpace, messageOf, RegsweepError } from '../../util/errors.js';
import { checkClearance } from '../execute.js';
import {
  type PutBackOutcome,
  planPutBack,
  putBack,
  type TreeAndTrash,
} from '../items/restore-items.js';
import { damageOf, holdsAny } from '../journal/damaged-runs.js';
import { openTreeForWriting } from '../journal/open-run.js';
import { readRunOrThrow } from '../journal/reader.js';
import { type ItemRecord, PartwiseCounts } from '../journal/records.js';
import { removeRun } from '../journal/remove-run.js';
import { BATCH_SIZE } from '../model/batches.js';
import { type Capped, CappedList, type Conflict, type KindCounts } from '../model/types.js';
import { yieldToSignals } from '../model/yield-to-signals.js';
import type { AuditLog } from '../state/audit.js';
import { releaseReserve } from '../state/reserve.js';
import type { SweepState } from '../state/state.js';
import { openSource, type RestoreSource } from './restore-sources.js';
import { type RestoreSelection, type Selected, select } from './select.js';

export interface RestoreInput {
  readonly tree: StorageTree;
  readonly clearance: Clearance;
  readonly state: SweepState;
  readonly select: RestoreSelection;
  readonly audit?: AuditLog;
  readonly signal?: AbortSignal;
  readonly batchSize?: number;
}

export interface RestoreResult {
  readonly state: 'done' | 'partial' | 'interrupted';
  readonly restored: KindCounts;
  /** Apparent size of what came back. */
  readonly bytes: number;
  /** Its allocation, less what has another name. */
  readonly diskBytes: number;
  /** Items that stay in the trash, since something stands in their place, with the reason. */
  readonly conflicts: Capped<Conflict & { readonly runId: string }>;
  /** Asked for by path, and in no run's trash. */
  readonly missing: readonly string[];
  /** Runs that have nothing left and are gone. */
  readonly emptied: readonly string[];
  readonly error?: RegsweepError;
}

/**
 * @returns what came back, also when it ended early
 * @throws RegsweepError when nothing was begun: another tree's clearance, a run that is missing,
 *   damaged or not settled
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

/** Kind by kind over all runs: nothing arrives before what it refers to, whichever run has that. */
async function restoreAll(
  work: Restoration,
  input: RestoreInput,
  sources: readonly RestoreSource[],
): Promise<void> {
  try {
    for (const kind of [...ACTION_KINDS].reverse()) {
      for (const source of sources) {
        for (const items of source.batches(kind, input.batchSize ?? BATCH_SIZE)) {
          await work.batch(source, items);
        }
      }
    }
    if (work.any) await input.clearance.renew();
  } catch (error) {
    work.fail(error);
  }
}

/**
 * Each item is in one place or the other throughout, so a restore that is killed without a record
 * of it is simply done again.
 */
export const NO_JOURNAL: TreeAndTrash['journal'] = {
  add: () => {},
  discard: () => {},
  tryCommit: () => undefined,
};

class Restoration {
  readonly #restored = new PartwiseCounts();
  #bytes = 0;
  #diskBytes = 0;
  readonly #conflicts = new CappedList<Conflict & { readonly runId: string }>();
  #error: RegsweepError | undefined;
  any = false;
  #isFreed = false;
  /** Runs whose journal had no room for what came back. */
  readonly #untold = new Set<string>();

  constructor(private readonly input: RestoreInput) {}

  async batch(source: RestoreSource, items: readonly ItemRecord[]): Promise<void> {
    await yieldToSignals();
    if (this.input.signal?.aborted === true) throw new RegsweepError('interrupted', 'interrupted');
    let sides = source.sidesFor(items);
    const plan = planPutBack(sides, items, source.folderTimesAfter, source.apart);
    await this.input.clearance.renew();
    const unwritten = sides.journal.tryCommit(plan.record);
    if (unwritten !== undefined && isNoSpace(unwritten)) {
      sides.journal.discard();
      sides = { ...sides, journal: NO_JOURNAL };
      this.#untold.add(source.id);
    } else if (unwritten !== undefined) {
      sides.journal.add({ t: 'restored', n: [], conflicts: [] });
      throw unwritten;
    }
    const outcome = putBack(sides, plan);
    this.any = true;
    this.#account(source, outcome);
    if (outcome.fatal === undefined) return;
    if (!isNoSpace(outcome.fatal) || this.#isFreed) throw outcome.fatal;
    // Once: what is left of the batch has the room that was kept for it.
    this.#isFreed = true;
    releaseReserve(this.input.state.home);
    this.#conflicts.clear();
    await this.batch(
      source,
      items.filter((item) => !outcome.restored.includes(item)),
    );
  }

  #account(source: RestoreSource, outcome: PutBackOutcome): void {
    this.#restored.add(source.id, outcome.restored, (n) => source.wholeOf(n));
    for (const { bytes, disk } of outcome.restored) {
      this.#bytes += bytes;
      this.#diskBytes += disk;
    }
    for (const conflict of outcome.conflicts) {
      this.#conflicts.add({ runId: source.id, ...conflict });
    }
    this.#audit(source.id, outcome);
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
    const whole = this.#error === undefined && this.#conflicts.count === 0 && missing.length === 0;
    return {
      state: this.#error?.code === 'interrupted' ? 'interrupted' : whole ? 'done' : 'partial',
      restored: this.#restored.counts,
      bytes: this.#bytes,
      diskBytes: this.#diskBytes,
      conflicts: this.#conflicts,
      missing,
      emptied,
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }

  /** A damaged journal stays, with what is left of its run. */
  #isEmptied(id: string, isTold: boolean): boolean {
    const { state } = this.input;
    if (isTold && !readRunOrThrow(state, id).anyInTrash) return true;
    // On a full disk the journal doesn't tell what came back: the trash does.
    if (isTold && (this.#error !== undefined || !this.#untold.has(id))) return false;
    return damageOf(state, id)?.code !== 'failed' && !holdsAny(state, id);
  }

  #audit(run: string, { restored, apart }: PutBackOutcome): void {
    const lines = [
      ...restored.map(({ kind, path }) => ({ event: 'restored', run, kind, path })),
      ...apart.map((path) => ({ event: 'restored', run, path })),
    ];
    if (lines.length > 0) this.input.audit?.append(...lines);
  }
}
