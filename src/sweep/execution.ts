/** The state of one running sweep: what moved, what of it the guard has confirmed, what failed. */
import { RegsweepError } from '../errors.js';
import type { ActionKind, PlannedItem } from '../plan/types.js';
import { mountsWithin } from '../storage/mounts.js';
import { Allocation } from './allocation.js';
import type { Batch } from './batches.js';
import { whatChanged } from './check.js';
import { dropBatch } from './drop.js';
import type { ExecuteInput } from './execute.js';
import { partsOf } from './expand.js';
import { removeRun } from './finish.js';

import { filesOf, type Intent, isFatal, moveBatch, type Own, reasonOf, recordOf } from './move.js';
import { planPutBack, putBack } from './put-back.js';
import { countKinds, type ItemRecord, type RunEnd } from './records.js';
import { readRunOrThrow } from './run-file.js';
import type { RunStore } from './run-store.js';
import {
  CappedList,
  type Conflict,
  type KindCounts,
  type Skipped,
  type SweepResult,
} from './types.js';
import { usageOf } from './usage.js';

type Step = 'done' | 'partial' | 'interrupted' | 'rolled-back';

/** What refers to others: when one of these didn't go, later kinds wait for a new mark. */
const REFERRING: readonly ActionKind[] = ['tag', 'revision', 'layer-link'];
/** What a registry that was alive meanwhile may have vouched for. */
const VOUCHED: readonly ActionKind[] = ['blob', 'layer-link', 'revision'];

export class Execution {
  readonly skipped = new CappedList<Skipped>();
  readonly #conflicts = new CappedList<Conflict>();
  readonly #own: Own = { touched: new Set(), unlinked: new Set(), mounts: [] };
  readonly #size = new Allocation();
  readonly #moved: KindCounts = {};
  readonly #left = new Map<string, string>();
  #freed = 0;
  #rolledBack = 0;
  #next = 0;
  /** Moved since the last evidence that held, with the moment (ms) at which each batch ended. */
  #unconfirmed: { readonly at: number; readonly records: readonly ItemRecord[] }[] = [];
  /** With `--delete`: what may end as soon as no batch is under way. */
  readonly #confirmed: { readonly records: readonly ItemRecord[] }[] = [];
  #needMark: ActionKind | undefined;
  #allowed: ((action: PlannedItem['action']) => boolean) | undefined;
  #error: RegsweepError | undefined;

  constructor(
    private readonly input: ExecuteInput,
    private readonly store: RunStore,
  ) {}

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
    await this.#mark(batch.kind);
    this.store.forget();
    this.#own.mounts = mountsWithin(this.input.tree.v2);
    const intents = this.#intend(batch.items);
    if (intents.length === 0) return 'done';
    const unwritten = this.store.journal.tryCommit();
    if (unwritten !== undefined || !(await this.confirm())) {
      const not = intents.map(({ record }) => [record.n, 'not reached'] as const);
      this.store.journal.add({ t: 'done', not, left: [] });
      if (unwritten !== undefined) throw unwritten;
      return 'rolled-back';
    }
    const outcome = moveBatch(this.store, intents, this.#own);
    this.#account(outcome.moved);
    for (const [folder, mtimeNs] of outcome.left) this.#left.set(folder, mtimeNs);
    for (const { intent, reason } of outcome.not) this.#skip(intent.item, reason);
    if (outcome.fatal !== undefined) throw outcome.fatal;
    this.#dropConfirmed();
    this.input.onProgress?.(this.#next);
    return this.#error === undefined ? 'done' : 'partial';
  }

  /** After the last batch. What is to be deleted and can't be confirmed stays in the trash. */
  async confirmLast(): Promise<boolean> {
    if (!(await this.confirm())) return false;
    if (this.input.options.quarantine) return true;
    if (this.#unconfirmed.length > 0 && !(await this.confirm())) return false;
    this.#dropConfirmed();
    for (const { path } of this.#unconfirmed.flatMap((batch) => batch.records)) {
      this.#conflicts.add({
        path,
        reason: 'the guard did not confirm its time: it is in the trash',
      });
    }
    return true;
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
    const confirmed = this.#unconfirmed.filter((batch) => batch.at <= upTo);
    this.#unconfirmed = this.#unconfirmed.filter((batch) => batch.at > upTo);
    if (!this.input.options.quarantine) this.#confirmed.push(...confirmed);
    return true;
  }

  #dropConfirmed(): void {
    try {
      for (const batch of this.#confirmed.splice(0)) this.#drop(batch.records);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Needs no clearance: it replaces nothing. */
  async rollBack(): Promise<void> {
    const records = this.#unconfirmed.flatMap((batch) => batch.records);
    this.#unconfirmed = [];
    this.#putBack(records.filter((record) => VOUCHED.includes(record.kind)).reverse());
    if (this.input.referenced === undefined) return;
    try {
      const needed = await this.input.referenced();
      const run = readRunOrThrow(this.input.state, this.input.runId);
      const left = [...run.items(run.inTrash())].filter(needed);
      this.#putBack(left.reverse());
    } catch (error) {
      this.fail(error);
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
    const at = new Date().toISOString();
    const unwritten = this.store.journal.tryCommit({ t: 'end', state: state_, at });
    if (unwritten !== undefined) this.fail(unwritten);
    const run = readRunOrThrow(state, runId);
    const size = this.#rolledBack > 0 ? usageOf(state, runId) : this.#size;
    this.#tell({ event: 'run-ended', run: runId, state: state_, moved: this.#moved });
    if (unwritten === undefined && !run.anyInTrash) removeRun(state, runId);
    return {
      runId,
      state: state_,
      moved: this.#moved,
      bytes: size.bytes,
      diskBytes: options.quarantine ? size.diskBytes : this.#freed,
      deleted: !options.quarantine,
      skipped: this.skipped,
      rolledBack: this.#rolledBack,
      conflicts: this.#conflicts,
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }

  /** A new mark, when a reference of an earlier kind was found changed. */
  async #mark(kind: ActionKind): Promise<void> {
    if (this.#needMark === undefined) return;
    if (this.#needMark === kind && kind !== 'revision') return;
    this.#needMark = undefined;
    this.#allowed = (await this.input.remark?.()) ?? (() => false);
  }

  #intend(items: readonly PlannedItem[]): Intent[] {
    const intents: Intent[] = [];
    for (const item of items) {
      const reason = this.#unfit(item);
      if (reason !== undefined) this.#skip(item, reason);
      else for (const part of this.#partsOf(item)) this.#intendOne(item, part, intents);
    }
    return intents;
  }

  /** A repository that goes in parts is looked at as a whole first. */
  #partsOf(item: PlannedItem): readonly PlannedItem[] {
    const parts = partsOf(this.store, item);
    if (parts.length === 1 && parts[0] === item) return parts;
    const reason = whatChanged(this.store.tree, item, this.#own);
    if (reason === undefined) return parts;
    this.#skip(item, reason);
    return [];
  }

  #intendOne(whole: PlannedItem, item: PlannedItem, intents: Intent[]): void {
    const last = whole.action.path === item.action.path;
    const part = whole === item ? undefined : last ? 'last' : 'inner';
    if (item.action.kind === 'empty-directory') this.store.noteFolder(item.action.path);
    this.store.noteParents(item.action.path);
    const record = recordOf(item, this.#next, part);
    this.#next += 1;
    this.store.journal.add(record);
    intents.push({ item, record });
  }

  #unfit({ action }: PlannedItem): string | undefined {
    if (this.#allowed?.(action) === false) return 'a new mark no longer lets it go';
    if (action.kind === 'upload' && !this.input.clearance.uploadsMovable) {
      return 'uploads belong to the registry, which is read-only and not stopped';
    }
    try {
      this.store.noteParents(action.path);
      if (this.store.tree.lstat(action.path) === undefined) return 'is gone';
      return undefined;
    } catch (error) {
      if (isFatal(error)) throw error;
      return reasonOf(error);
    }
  }

  #skip(item: PlannedItem, reason: string): void {
    this.skipped.add({ action: item.action, reason });
    if (REFERRING.includes(item.action.kind)) this.#needMark = item.action.kind;
  }

  #account(moved: readonly Intent[]): void {
    for (const { item } of moved) {
      for (const seen of filesOf(item)) this.#size.add(seen);
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
    const outcome = dropBatch(this.store, records, (file) => {
      if (file.nlink > 1) this.#own.unlinked.add(`${file.dev}:${file.ino}`);
    });
    this.#freed += outcome.freed;
    const byNumber = new Map(records.map((record) => [record.n, record]));
    for (const [n, reason] of outcome.not) {
      this.#conflicts.add({ path: byNumber.get(n)!.path, reason });
    }
    this.#audit('deleted', outcome.dropped);
  }

  #putBack(records: readonly ItemRecord[]): void {
    if (records.length === 0) return;
    this.store.forget();
    const plan = planPutBack(this.store, records, this.#left);
    const unwritten = this.store.journal.tryCommit(plan.record);
    if (unwritten !== undefined) this.fail(unwritten);
    const outcome = putBack(this.store, plan);
    this.#rolledBack += outcome.restored.filter((item) => item.part !== 'inner').length;
    countKinds(this.#moved, outcome.restored, -1);
    const byNumber = new Map(records.map((record) => [record.n, record]));
    for (const [n, reason] of outcome.conflicts) {
      this.#conflicts.add({ path: byNumber.get(n)!.path, reason });
    }
    this.#audit('rolled-back', outcome.restored);
    if (outcome.fatal !== undefined) this.fail(outcome.fatal);
  }
}
