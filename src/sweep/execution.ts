/** The state of one running sweep: what moved, what of it the guard has confirmed, what failed. */
import { RegsweepError } from '../errors.js';
import type { ActionKind } from '../plan/types.js';
import { mountsWithin } from '../storage/mounts.js';
import { Allocation } from './allocation.js';
import { BATCH_SIZE, type Batch, inBatches } from './batches.js';
import { dropBatch, Unlinked } from './drop.js';
import type { ExecuteInput } from './execute.js';
import { removeRun } from './finish.js';
import { Intents } from './intend.js';
import { filesOf, type Intent, isFatal, moveBatch, type Own, reasonOf } from './move.js';
import { planPutBack, putBack } from './put-back.js';
import { countKinds, endRecord, type ItemRecord, type RunEnd } from './records.js';
import { settleOpen } from './recover.js';
import { type RunFile, readRunOrThrow } from './run-file.js';
import type { RunStore } from './run-store.js';
import { turn } from './turn.js';
import {
  type Capped,
  CappedList,
  type Conflict,
  type KindCounts,
  type Skipped,
  type SweepResult,
} from './types.js';
import { usageOf } from './usage.js';

type Step = 'done' | 'partial' | 'interrupted' | 'rolled-back';

/** What a registry that was alive meanwhile may have vouched for: a repository holds links too. */
const VOUCHED: readonly ActionKind[] = ['blob', 'layer-link', 'revision', 'repository'];

/** The parts of a repository count once. */
const isWhole = ({ part }: ItemRecord): boolean => part !== 'inner';

const itemsLeft = (run: RunFile): ItemRecord[] => [...run.items(run.inTrash())];

export class Execution {
  readonly #intents: Intents;
  readonly #conflicts = new CappedList<Conflict>();
  readonly #own: Own = { touched: new Set(), mounts: [] };
  readonly #size = new Allocation();
  readonly #moved: KindCounts = {};
  readonly #left = new Map<string, string>();
  readonly #gone = new Unlinked();
  #rolledBack = 0;
  #ended = 0;
  /** The evidence was lost for the whole run, not only since the guard last confirmed it. */
  #allLost = false;
  /** Moved since the last evidence that held, with the moment (ms) at which each batch ended. */
  #unconfirmed: { readonly at: number; readonly records: readonly ItemRecord[] }[] = [];
  #error: RegsweepError | undefined;

  constructor(
    private readonly input: ExecuteInput,
    private readonly store: RunStore,
  ) {
    this.#intents = new Intents(input, store, this.#own);
  }

  get skipped(): Capped<Skipped> {
    return this.#intents.skipped;
  }

  begin(): void {
    const { runId, command, planId, tree, options } = this.input;
    this.store.journal.commit({
      t: 'run',
      v: 1,
      id: runId,
      command,
      planId,
      startedAt: this.input.startedAt ?? new Date().toISOString(),
      quarantine: options.quarantine,
      store: { filesystemId: tree.filesystemId, inode: tree.inode },
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
    for (const [folder, mtimeNs] of outcome.left) this.#left.set(folder, mtimeNs);
    for (const { intent, reason } of outcome.not) this.#intents.skip(intent.item, reason);
    if (outcome.fatal !== undefined) throw outcome.fatal;
    this.input.onProgress?.(this.#intents.next);
    return this.#error === undefined ? 'done' : 'partial';
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
    if (end === 'interrupted' || this.#error !== undefined) return end;
    if (!(await this.#checkAll())) return 'rolled-back';
    return this.input.options.quarantine ? end : this.#deleteAll(end);
  }

  /** Only now is the whole run vouched for; and the guard is asked again before each batch. */
  async #deleteAll(end: RunEnd): Promise<RunEnd> {
    const { state, runId, signal } = this.input;
    try {
      const run = readRunOrThrow(state, runId);
      for (const numbers of inBatches(run.inTrash(), this.input.options.batchSize ?? BATCH_SIZE)) {
        await turn();
        if (signal?.aborted === true) return 'interrupted';
        this.#allLost = !(await this.confirm());
        if (this.#allLost) return 'rolled-back';
        this.#drop([...run.items(numbers)]);
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
      await turn();
      this.#putBack(reversed.slice(at, at + BATCH_SIZE));
    }
  }

  /** The first error is the one that is told. */
  fail(error: unknown): void {
    this.#error ??=
      error instanceof RegsweepError
        ? error
        : new RegsweepError('failed', this.#inWords(error), { cause: error });
  }

  #inWords(error: unknown): string {
    return isFatal(error) ? `the disk gave up: ${reasonOf(error)}` : (error as Error).message;
  }

  finish(end: RunEnd): SweepResult {
    const { runId, state, options } = this.input;
    const whole = this.#error === undefined && this.#conflicts.count === 0;
    const state_: RunEnd = end === 'done' && !whole ? 'partial' : end;
    const ended = this.#end(state_);
    const size = this.#rolledBack > 0 ? usageOf(state, runId) : this.#size;
    this.#tell({ event: 'run-ended', run: runId, state: state_, moved: this.#moved });
    if (ended && !this.#anyInTrash()) removeRun(state, runId);
    return {
      runId,
      state: state_,
      moved: this.#moved,
      bytes: size.bytes,
      diskBytes: options.quarantine ? size.diskBytes : this.#gone.freed,
      deleted: !options.quarantine,
      ended: this.#ended,
      skipped: this.skipped,
      rolledBack: this.#rolledBack,
      conflicts: this.#conflicts,
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
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
    const moved = Object.values(this.#moved).some((number) => number > 0);
    if (moved && options.quarantine && this.#rolledBack === 0) return true;
    return readRunOrThrow(state, runId).anyInTrash;
  }

  #account(moved: readonly Intent[]): void {
    for (const { item } of moved) {
      const files = filesOf(item);
      for (const seen of files) this.#size.add(seen);
      this.input.onMoved?.(files);
    }
    const records = moved.map((intent) => intent.record);
    countKinds(this.#moved, records);
    if (records.length > 0) this.#unconfirmed.push({ at: Date.now(), records });
    const why = new Map(moved.map(({ item, record }) => [record.n, item.action.reason]));
    this.#audit('moved', records, why);
  }

  #audit(event: string, records: readonly ItemRecord[], why?: ReadonlyMap<number, string>): void {
    const run = this.input.runId;
    const lines = records.map(({ n, kind, path, digest, bytes }) => {
      return { event, run, kind, path, digest, bytes, reason: why?.get(n) };
    });
    if (lines.length > 0) this.#tell(...lines);
  }

  /** A log that can't be written ends the run, but never keeps a rollback from going on. */
  #tell(...lines: readonly Readonly<Record<string, unknown>>[]): void {
    try {
      this.input.audit?.append(...lines);
    } catch (error) {
      this.fail(error);
    }
  }

  #drop(records: readonly ItemRecord[]): void {
    this.store.forget();
    const outcome = dropBatch(this.store, records, (file) => this.#gone.add(file));
    this.#ended += outcome.dropped.filter(isWhole).length;
    const byNumber = new Map(records.map((record) => [record.n, record]));
    for (const [n, reason] of outcome.not) {
      this.#conflicts.add({ path: byNumber.get(n)!.path, reason });
    }
    this.#audit('deleted', outcome.dropped);
    this.input.onDeleted?.(this.#ended);
  }

  #putBack(records: readonly ItemRecord[]): void {
    if (records.length === 0) return;
    this.#settled();
    this.store.forget();
    const plan = planPutBack(this.store, records, this.#left);
    const unwritten = this.store.journal.tryCommit(plan.record);
    if (unwritten !== undefined) this.fail(unwritten);
    const outcome = putBack(this.store, plan);
    this.#rolledBack += outcome.restored.filter(isWhole).length;
    countKinds(this.#moved, outcome.restored, -1);
    for (const conflict of outcome.conflicts) this.#conflicts.add(conflict);
    this.#audit('rolled-back', outcome.restored);
    if (outcome.fatal !== undefined) this.fail(outcome.fatal);
  }
}
