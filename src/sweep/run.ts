/** The state of one running sweep: what moved, what of it the guard has confirmed, what failed. */
import type { ActionKind } from '../graph/action-kinds.js';
import { mountsWithin } from '../storage/mounts/own-mounts.js';
import { dropBatch } from './items/delete-items.js';
import { filesOf, type Intent, moveBatch, type RunChanges } from './items/move.js';
import { planPutBack, putBack } from './items/restore-items.js';
import type { RunStore } from './journal/open-run.js';
import { type RunFile, readRunOrThrow } from './journal/reader.js';
import { endRecord, type ItemRecord, type RunEnd } from './journal/records.js';
import { removeRun } from './journal/remove-run.js';
import { BATCH_SIZE, type Batch, inBatches } from './model/batches.js';
import type { ExecuteInput } from './model/input.js';
import type { Capped, Skipped, SweepResult } from './model/types.js';
import { yieldToSignals } from './model/yield-to-signals.js';
import { Intents } from './plan-batch.js';
import { usageOf } from './quarantine/usage.js';
import { settleOpen } from './recover.js';
import { RunTotals } from './run-totals.js';
import { bornOf } from './state/identity.js';

type Step = 'done' | 'partial' | 'interrupted' | 'rolled-back';

/** What a registry that was alive meanwhile may have vouched for: a repository holds links too. */
const VOUCHED: readonly ActionKind[] = ['blob', 'layer-link', 'revision', 'repository'];

const itemsLeft = (run: RunFile): ItemRecord[] => [...run.items(run.inTrash())];

export class Execution {
  readonly #intents: Intents;
  readonly #own: RunChanges = { touched: new Set(), mounts: [] };
  readonly #left = new Map<string, string>();
  /** The evidence was lost for the whole run, not only since the guard last confirmed it. */
  #allLost = false;
  /** Moved since the last evidence that held, with the moment (ms) at which each batch ended. */
  #unconfirmed: { readonly at: number; readonly records: readonly ItemRecord[] }[] = [];
  readonly #tally: RunTotals;

  constructor(
    private readonly input: ExecuteInput,
    private readonly store: RunStore,
  ) {
    this.#tally = new RunTotals(input.runId, input.audit);
    this.#intents = new Intents(input, store, this.#own);
  }

  get skipped(): Capped<Skipped> {
    return this.#intents.skipped;
  }

  begin(): void {
    const { runId, command, planId, tree, options, state } = this.input;
    const born = bornOf(tree);
    this.store.journal.commit({
      t: 'run',
      v: 1,
      id: runId,
      command,
      planId,
      startedAt: this.input.startedAt ?? new Date().toISOString(),
      quarantine: options.quarantine,
      store: {
        filesystemId: tree.filesystemId,
        inode: tree.inode,
        ...(state.treeId === undefined ? {} : { tree: state.treeId }),
        ...(born === undefined ? {} : { born }),
      },
    });
    this.input.audit?.append({ event: 'run-started', run: runId, command, plan: planId });
  }

  async batch(batch: Batch): Promise<Step> {
    await this.#intents.mark(batch.kind);
    this.store.forget();
    this.#own.mounts = mountsWithin(this.input.tree.v2);
    const intents = this.#intend(batch);
    if (intents.length === 0) return 'done';
    const unwritten = this.store.journal.tryCommit();
    if (unwritten !== undefined || !(await this.confirm())) {
      const not = intents.map(({ record }) => [record.n, 'not reached'] as const);
      this.store.journal.add({ t: 'done', not, left: [] });
      if (unwritten !== undefined) throw unwritten;
      return 'rolled-back';
    }
    const outcome = await moveBatch(this.store, intents, this.#own);
    this.#account(outcome.moved);
    for (const [folder, mtimeNs] of outcome.folderTimesAfter) this.#left.set(folder, mtimeNs);
    for (const { intent, reason } of outcome.failed) this.#intents.skip(intent.item, reason);
    if (outcome.fatal !== undefined) throw outcome.fatal;
    this.input.onProgress?.(this.#intents.next);
    return this.#tally.error === undefined ? 'done' : 'partial';
  }

  #intend(batch: Batch): Intent[] {
    try {
      return this.#intents.intend(batch.items);
    } catch (error) {
      this.store.journal.discard();
      throw error;
    }
  }

  /** After the last batch. Of a run that ended early nothing is deleted: all of it can come back. */
  async conclude(end: RunEnd): Promise<RunEnd> {
    if (!(await this.confirm())) return 'rolled-back';
    if (end === 'interrupted' || this.#tally.error !== undefined) return end;
    if (!(await this.#checkAll())) return 'rolled-back';
    return this.input.options.quarantine ? end : this.#deleteAll(end);
  }

  /** Only now is the whole run vouched for; and the guard is asked again before each batch. */
  async #deleteAll(end: RunEnd): Promise<RunEnd> {
    const { state, runId, signal } = this.input;
    try {
      const run = readRunOrThrow(state, runId);
      for (const numbers of inBatches(run.inTrash(), this.input.options.batchSize ?? BATCH_SIZE)) {
        await yieldToSignals();
        if (signal?.aborted === true) return 'interrupted';
        this.#allLost = !(await this.confirm());
        if (this.#allLost) return 'rolled-back';
        this.#drop([...run.items(numbers)]);
        if (this.#tally.error !== undefined) return 'partial';
      }
      return end;
    } catch (error) {
      this.fail(error);
      return 'partial';
    }
  }

  /** @returns false when somebody else changed the tree: nothing of the run is vouched for then */
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

  /** Asks the guard again. @returns false when its evidence is lost */
  async confirm(): Promise<boolean> {
    let upTo: number;
    try {
      upTo = await this.input.clearance.renew();
    } catch (error) {
      this.fail(error);
      return false;
    }
    this.#unconfirmed = this.#unconfirmed.filter((batch) => batch.at > upTo);
    return true;
  }

  /**
   * At once, and whatever refers to it: what vouches for others and went since the last evidence
   * that held. Then, of the rest, what a new mark reaches. Needs no clearance: it replaces nothing.
   */
  async rollBack(): Promise<void> {
    const { state, runId, referenced } = this.input;
    try {
      const lost = this.#allLost
        ? itemsLeft(readRunOrThrow(state, runId))
        : this.#unconfirmed.flatMap((batch) => batch.records);
      this.#unconfirmed = [];
      await this.#putAllBack(lost.filter((record) => VOUCHED.includes(record.kind)));
      if (referenced === undefined) return;
      const needed = await referenced();
      await this.#putAllBack(itemsLeft(readRunOrThrow(state, runId)).filter(needed));
    } catch (error) {
      this.fail(error);
    }
  }

  /** The last that went comes back first. */
  async #putAllBack(records: readonly ItemRecord[]): Promise<void> {
    const reversed = [...records].reverse();
    for (let at = 0; at < reversed.length; at += BATCH_SIZE) {
      await yieldToSignals();
      this.#putBack(reversed.slice(at, at + BATCH_SIZE));
    }
  }

  fail(error: unknown): void {
    this.#tally.fail(error);
  }

  finish(end: RunEnd): SweepResult {
    const { runId, state, options } = this.input;
    const tally = this.#tally;
    const whole = tally.error === undefined && tally.conflicts.count === 0;
    const told: RunEnd = end === 'done' && !whole ? 'partial' : end;
    const ended = this.#end(told);
    const size = tally.rolledBack > 0 ? usageOf(state, runId) : tally.size;
    const gone = tally.error === undefined ? tally.ended : this.#endedByJournal();
    tally.tell({ event: 'run-ended', run: runId, state: told, moved: tally.moved });
    if (ended && !this.#anyInTrash()) removeRun(state, runId);
    return {
      runId,
      state: told,
      moved: tally.moved,
      bytes: size.bytes,
      diskBytes: options.quarantine ? size.diskBytes : tally.gone.freed,
      deleted: !options.quarantine,
      ended: gone,
      skipped: this.skipped,
      rolledBack: tally.rolledBack,
      conflicts: tally.conflicts,
      ...(tally.error === undefined ? {} : { error: tally.error }),
    };
  }

  /** An error may have broken off a batch of which some had ended by then. */
  #endedByJournal(): number {
    const { state, runId } = this.input;
    try {
      return readRunOrThrow(state, runId).countIn('purged');
    } catch {
      return this.#tally.ended;
    }
  }

  /** Where what an error broke off can't be settled, the next command does that, and ends the run. */
  #end(state: RunEnd): boolean {
    if (!this.#settled()) return false;
    const unwritten = this.store.journal.tryCommit(endRecord(state));
    if (unwritten !== undefined) this.fail(unwritten);
    return unwritten === undefined;
  }

  /** Nothing begins, and the run doesn't end, behind a batch whose end is not in the journal. */
  #settled(): boolean {
    const { state, runId } = this.input;
    try {
      if (this.store.journal.isOpen) settleOpen(this.store, readRunOrThrow(state, runId));
      return !this.store.journal.isOpen;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  /** Asks the journal where that isn't plain: it is long. */
  #anyInTrash(): boolean {
    const { runId, state, options } = this.input;
    const moved = Object.values(this.#tally.moved).some((number) => number > 0);
    if (moved && options.quarantine && this.#tally.rolledBack === 0) return true;
    return readRunOrThrow(state, runId).anyInTrash;
  }

  #account(moved: readonly Intent[]): void {
    this.#tally.hasMoved(moved);
    for (const { item } of moved) this.input.onMoved?.(filesOf(item));
    const records = moved.map((intent) => intent.record);
    if (records.length > 0) this.#unconfirmed.push({ at: Date.now(), records });
  }

  #drop(records: readonly ItemRecord[]): void {
    this.store.forget();
    this.#tally.hasDropped(dropBatch(this.store, records, (file) => this.#tally.gone.add(file)));
    this.input.onDeleted?.(this.#tally.ended);
  }

  #putBack(records: readonly ItemRecord[]): void {
    if (records.length === 0) return;
    this.#settled();
    this.store.forget();
    const plan = planPutBack(this.store, records, this.#left);
    const unwritten = this.store.journal.tryCommit(plan.record);
    if (unwritten !== undefined) this.fail(unwritten);
    this.#tally.hasPutBack(putBack(this.store, plan));
  }
}
