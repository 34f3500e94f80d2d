/** Decides which items of a batch may still be removed, and journals the intents. */

import type { ActionKind } from '../graph/action-kinds.js';
import type { PlannedItem } from '../plan/types.js';
import { type Intent, isFatal, moveErrorReason, type RunChanges, recordOf } from './items/move.js';
import { splitRepository } from './items/split-repository.js';
import { whatChanged } from './items/verify-unchanged.js';
import type { RunStore } from './journal/open-run.js';
import type { ExecuteInput } from './model/input.js';
import { CappedList, type Skipped } from './model/types.js';

/** Kinds that refer to others. If one of these is skipped, later kinds need a new mark. */
const REFERRING: readonly ActionKind[] = ['tag', 'revision', 'layer-link'];

/** Kinds that one rename moves. */
const SINGLE_RENAME: readonly ActionKind[] = ['tag', 'revision', 'layer-link', 'blob'];

/** Makes the intents of a run's batches, and collects the skipped items. */
export class Intents {
  readonly skipped = new CappedList<Skipped>();
  /** Number of items with an intent so far. */
  next = 0;
  #needMark: ActionKind | undefined;
  #allowed: ((action: PlannedItem['action']) => boolean) | undefined;

  constructor(
    private readonly input: ExecuteInput,
    private readonly store: RunStore,
    private readonly own: RunChanges,
  ) {}

  /** Marks again if an item of an earlier kind that refers to others was skipped. */
  async mark(kind: ActionKind): Promise<void> {
    if (this.#needMark === undefined) return;
    if (this.#needMark === kind && kind !== 'revision') return;
    this.#needMark = undefined;
    this.#allowed = (await this.input.remark?.()) ?? (() => false);
  }

  intend(items: readonly PlannedItem[]): Intent[] {
    const intents: Intent[] = [];
    for (const item of items) {
      const reason = this.#reasonToSkip(item);
      if (reason !== undefined) this.skip(item, reason);
      else for (const part of this.#partsOf(item)) this.#intendOne(item, part, intents);
    }
    return intents;
  }

  skip(item: PlannedItem, reason: string): void {
    this.skipped.add({ action: item.action, reason });
    if (REFERRING.includes(item.action.kind)) this.#needMark = item.action.kind;
  }

  /** Checks a repository that is moved in parts before it is split. */
  #partsOf(item: PlannedItem): readonly PlannedItem[] {
    const parts = splitRepository(this.store, item);
    if (parts.length === 1 && parts[0] === item) return parts;
    const reason = whatChanged(this.store.tree, item, this.own);
    if (reason === undefined) return parts;
    this.skip(item, reason);
    return [];
  }

  #intendOne(whole: PlannedItem, item: PlannedItem, intents: Intent[]): void {
    const last = whole.action.path === item.action.path;
    const part = whole === item ? undefined : last ? 'last' : 'inner';
    if (item.action.kind === 'empty-directory') this.store.journalFolder(item.action.path);
    this.store.journalParents(item.action.path);
    if (this.store.isInPlace) this.#journalFoldersOf(item);
    const record = recordOf(item, this.next, part);
    this.next += 1;
    this.store.journal.add(record);
    intents.push({ item, record });
  }

  /** Journals the folders within an item, whose times change. A blob's folder needs no times. */
  #journalFoldersOf({ action, seen }: PlannedItem): void {
    if (action.kind === 'blob') return;
    for (const { type, name } of seen) {
      if (type === 'directory') {
        this.store.journalFolder(name === '' ? action.path : `${action.path}/${name}`);
      }
    }
  }

  #reasonToSkip({ action, seen }: PlannedItem): string | undefined {
    if (this.#allowed?.(action) === false) return 'a new mark keeps it';
    if (action.kind === 'upload' && !this.input.clearance.uploadsMovable) {
      return 'uploads may be in use: the registry is read-only, not stopped';
    }
    try {
      this.store.journalParents(action.path);
      // Items of a single rename are checked right before it.
      const isGone = SINGLE_RENAME.includes(action.kind)
        ? seen.length === 0
        : this.store.tree.lstat(action.path) === undefined;
      return isGone ? 'is gone' : undefined;
    } catch (error) {
      if (isFatal(error)) throw error;
      return moveErrorReason(error);
    }
  }
}
