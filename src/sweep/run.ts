/**
 * The state of a running sweep: the moved items, those that the guard has confirmed, the failures.
 */
import type { ActionKind } from '../graph/action-kinds.js';
import { asideSuffix } from '../storage/layout.js';
import { mountsWithin } from '../storage/mounts/own-mounts.js';
import { takeAllBack } from './in-place/take-all-back.js';
import { dropBatch } from './items/delete-items.js';
import { filesOf, type Intent, moveBatch, type RunChanges } from './items/move.js';
import { planPutBack, putBack } from './items/restore-items.js';
import type { RunStore } from './journal/open-run.js';
import { type RunFile, readRunOrThrow } from './journal/reader.js';
import { endRecord, type ItemRecord, type RunEnd } from './journal/records.js';
import { removeRun } from './journal/remove-run.js';
import { runRecord } from './journal/run-record.js';
import { BATCH_SIZE, BatchPace } from './model/batch-size.js';
import { type Batch, inBatches } from './model/batches.js';
import type { ExecuteInput } from './model/input.js';
import type { Capped, Skipped, SweepResult } from './model/types.js';
import { Intents } from './plan-batch.js';
import { usageOf } from './quarantine/usage.js';
import { settleOpen } from './recover.js';
import { RunTotals } from './run-totals.js';
import { isStopped, yieldToSignals } from './stop-on-signal.js';

type Step = 'done' | 'partial' | 'interrupted' | 'rolled-back';

/** Kinds with content or links that a running registry caches. A repository contains links. */
const CACHEABLE: readonly ActionKind[] = ['blob', 'layer-link', 'revision', 'repository'];

const itemsLeft = (run: RunFile): ItemRecord[] => [...run.items(run.inTrash())];

/**
 * Executes one run: `begin`, then each batch, then `conclude`, perhaps `rollBack`, then `finish`.
 */
export class Execution {
  readonly #intents: Intents;
  readonly #own: RunChanges;
  readonly #folderTimesAfter = new Map<string, string>();
  /** The evidence is invalid for the whole run, not only since the guard's last confirmation. */
  #allLost = false;
  /**
   * Moved since the guard's last confirmation, with the end of each batch in ms since the epoch.
   */
  #unconfirmed: { readonly at: number; readonly records: readonly ItemRecord[] }[] = [];
  readonly #totals: RunTotals;

  constructor(
    private readonly input: ExecuteInput,
    private readonly store: RunStore,
  ) {
    this.#totals = new RunTotals(input.runId, input.audit);
    const aside = store.isInPlace ? { aside: asideSuffix(store.id), onAside: input.onAside } : {};
    this.#own = { touched: new Set(), mounts: [], ...aside };
    this.#intents = new Intents(input, store, this.#own);
  }

  get skipped(): Capped<Skipped> {
    return this.#intents.skipped;
  }

  begin(): void {
    const { runId, command, planId } = this.input;
    this.store.journal.commit(runRecord(this.input, this.store.isInPlace));
    this.input.audit?.append({ event: 'run-started', run: runId, command, plan: planId });
  }

  /**
   * Moves one batch.
   * @returns `rolled-back` if the guard refuses; nothing of the batch was moved
   * then
   */
  async batch(batch: Batch): Promise<Step> {
    await this.#intents.mark(batch.kind);
    this.store.forget();
    this.#own.mounts = mountsWithin(this.input.tree.v2);
    const intents = this.#intend(batch);
    if (intents.length === 0) return 'done';
    const unwritten = this.store.journal.tryCommit();
    if (unwritten !== undefined || !(await this.confirm())) {
      const notReached = intents.map(({ record }) => [record.n, 'not reached'] as const);
      this.store.journal.add({ t: 'done', not: notReached, left: [] });
      if (unwritten !== undefined) throw unwritten;
      return 'rolled-back';
    }
    const outcome = await moveBatch(this.store, intents, this.#own);
    this.#recordMoved(outcome.moved);
    for (const [folder, mtimeNs] of outcome.folderTimesAfter) {
      this.#folderTimesAfter.set(folder, mtimeNs);
    }
    for (const { intent, reason } of outcome.failed) this.#intents.skip(intent.item, reason);
    if (outcome.fatal !== undefined) throw outcome.fatal;
    this.input.onProgress?.(this.#intents.next);
    return this.#totals.error === undefined ? 'done' : 'partial';
  }

  #intend(batch: Batch): Intent[] {
    try {
      return this.#intents.intend(batch.items);
    } catch (error) {
      this.store.journal.discard();
      throw error;
    }
  }

  /** Ends the run after its last batch. Deletes nothing of a run that ended early. */
  async conclude(end: RunEnd): Promise<RunEnd> {
    if (!(await this.confirm())) return 'rolled-back';
    if (end === 'interrupted' || this.#totals.error !== undefined) return end;
    if (!(await this.#checkAll())) return 'rolled-back';
    return this.input.options.quarantine ? end : this.#deleteAll(end);
  }

  /**
   * Deletes the moved items. At this point the guard has confirmed the whole run. It is asked again
   * before each batch.
   */
  async #deleteAll(end: RunEnd): Promise<RunEnd> {
    const { state, runId, signal } = this.input;
    try {
      const run = readRunOrThrow(state, runId);
      const pace = new BatchPace(this.input.options.batchSize);
      for (const numbers of inBatches(run.inTrash(), () => pace.size)) {
        if (await isStopped(signal)) return 'interrupted';
        const begin = performance.now();
        this.#allLost = !(await this.confirm());
        if (this.#allLost) return 'rolled-back';
        await this.#drop([...run.items(numbers)]);
        pace.learn(numbers.length, performance.now() - begin);
        // In place, a failed item is renamed back. It needs the items after it.
        const isStuck = this.store.isInPlace && this.#totals.conflicts.count > 0;
        if (isStuck || this.#totals.error !== undefined) return 'partial';
      }
      return end;
    } catch (error) {
      this.fail(error);
      return 'partial';
    }
  }

  /** @returns false if another process changed the tree, so that the whole run is unconfirmed */
  async #checkAll(): Promise<boolean> {
    try {
      await this.input.unchanged?.();
      return true;
    } catch (error) {
      this.fail(error);
      this.#allLost = true;
      return false;
    }
  }

  /** Asks the guard again. @returns false if it refuses */
  async confirm(): Promise<boolean> {
    let validUpTo: number;
    try {
      validUpTo = await this.input.clearance.renew();
    } catch (error) {
      this.fail(error);
      return false;
    }
    this.#unconfirmed = this.#unconfirmed.filter((batch) => batch.at > validUpTo);
    return true;
  }

  /**
   * First restores, without conditions, all cacheable items that were moved since the guard's last
   * confirmation. A registry that ran meanwhile may have accepted references to them. Then restores
   * the other items that a new mark reaches. Needs no clearance, since it replaces nothing.
   */
  async rollBack(): Promise<void> {
    if (this.store.isInPlace) return this.takeBack();
    const { state, runId, referenced } = this.input;
    try {
      const lost = this.#allLost
        ? itemsLeft(readRunOrThrow(state, runId))
        : this.#unconfirmed.flatMap((batch) => batch.records);
      this.#unconfirmed = [];
      await this.#putAllBack(lost.filter((record) => CACHEABLE.includes(record.kind)));
      if (referenced === undefined) return;
      const needed = await referenced();
      await this.#putAllBack(itemsLeft(readRunOrThrow(state, runId)).filter(needed));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends a run in place: renames back what was not deleted. */
  async takeBack(): Promise<void> {
    const { state, runId } = this.input;
    if (!this.store.isInPlace) return;
    await takeAllBack(this.store, this.#totals, () => readRunOrThrow(state, runId));
  }

  /** Restores in reverse order: referenced items before those that refer to them. */
  async #putAllBack(records: readonly ItemRecord[]): Promise<void> {
    const reversed = [...records].reverse();
    for (let at = 0; at < reversed.length; at += BATCH_SIZE) {
      await yieldToSignals();
      await this.#putBack(reversed.slice(at, at + BATCH_SIZE));
    }
  }

  fail(error: unknown): void {
    this.#totals.fail(error);
  }

  finish(end: RunEnd): SweepResult {
    const { runId, state, options } = this.input;
    const totals = this.#totals;
    const isComplete = totals.error === undefined && totals.conflicts.count === 0;
    const finalState: RunEnd = end === 'done' && !isComplete ? 'partial' : end;
    const hasEnded = this.#end(finalState);
    const { isInPlace } = this.store;
    const size =
      totals.rolledBack > 0 && !isInPlace ? usageOf(state, runId) : totals.sizeLeft(isInPlace);
    const deletedItems = totals.error === undefined ? totals.ended : this.#deletedByJournal();
    totals.appendAudit({ event: 'run-ended', run: runId, state: finalState, moved: totals.moved });
    if (hasEnded && !this.#anyInTrash()) removeRun(state, runId);
    return {
      runId,
      state: finalState,
      moved: totals.moved,
      bytes: size.bytes,
      diskBytes: options.quarantine ? size.diskBytes : totals.gone.freed,
      folderDiskBytes:
        options.quarantine || finalState === 'done' ? size.folderDiskBytes : totals.gone.folders,
      deleted: !options.quarantine,
      ended: deletedItems,
      skipped: this.skipped,
      rolledBack: totals.rolledBack,
      conflicts: totals.conflicts,
      ...(totals.error === undefined ? {} : { error: totals.error }),
    };
  }

  /** Counts in the journal, since an error may have interrupted a batch after some deletions. */
  #deletedByJournal(): number {
    const { state, runId } = this.input;
    try {
      return readRunOrThrow(state, runId).countIn('purged');
    } catch {
      return this.#totals.ended;
    }
  }

  /**
   * Ends the run in the journal, unless a batch can't be settled. The next command does it then.
   */
  #end(state: RunEnd): boolean {
    if (!this.#settle()) return false;
    const unwritten = this.store.journal.tryCommit(endRecord(state));
    if (unwritten !== undefined) this.fail(unwritten);
    return unwritten === undefined;
  }

  /** Settles an unfinished batch. Nothing else may be journalled after a batch without its end. */
  #settle(): boolean {
    const { state, runId } = this.input;
    try {
      if (this.store.journal.isOpen) settleOpen(this.store, readRunOrThrow(state, runId));
      return !this.store.journal.isOpen;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  /** Reads the journal, which may be long, only if the totals don't give the answer. */
  #anyInTrash(): boolean {
    const { runId, state, options } = this.input;
    const hasMoved = Object.values(this.#totals.moved).some((number) => number > 0);
    if (hasMoved && options.quarantine && this.#totals.rolledBack === 0) return true;
    return readRunOrThrow(state, runId).anyInTrash;
  }

  #recordMoved(moved: readonly Intent[]): void {
    this.#totals.addMoved(moved);
    for (const { item } of moved) this.input.onMoved?.(filesOf(item));
    const records = moved.map((intent) => intent.record);
    if (records.length > 0) this.#unconfirmed.push({ at: Date.now(), records });
  }

  async #drop(records: readonly ItemRecord[]): Promise<void> {
    this.store.forget();
    const outcome = await dropBatch(this.store, records, (file) => this.#totals.gone.add(file));
    this.#totals.addDropped(outcome);
    this.input.onDeleted?.(this.#totals.ended);
  }

  async #putBack(records: readonly ItemRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.#settle();
    this.store.forget();
    const plan = planPutBack(this.store, records, this.#folderTimesAfter);
    const unwritten = this.store.journal.tryCommit(plan.record);
    if (unwritten !== undefined) this.fail(unwritten);
    this.#totals.addPutBack(await putBack(this.store, plan));
  }
}
