/** Results of the sweep, as plain data. */

import type { ActionKind } from '../../graph/action-kinds.js';
import type { Action } from '../../plan/types.js';
import type { RegsweepError } from '../../util/errors.js';
import type { RunEnd } from '../journal/records.js';

export type KindCounts = Partial<Record<ActionKind, number>>;

/** An item in the trash. */
export interface TrashItem {
  readonly runId: string;
  readonly kind: ActionKind;
  /** Relative to the tree, and to the trash of its run. */
  readonly path: string;
  readonly digest?: string;
  readonly repository?: string;
  readonly tag?: string;
}

/** A list with the count of all its entries and the first of them. */
export interface Capped<T> {
  readonly count: number;
  readonly samples: readonly T[];
}

export interface Skipped {
  readonly action: Action;
  readonly reason: string;
}

export interface Conflict {
  readonly path: string;
  readonly reason: string;
}

export interface SweepResult {
  readonly runId: string;
  readonly state: RunEnd;
  /** Number of items by kind that this run moved and didn't put back. */
  readonly moved: KindCounts;
  /** Apparent size in bytes of the moved items. */
  readonly bytes: number;
  /** Allocated bytes that purging the run frees; with `--delete`, those that were freed. */
  readonly diskBytes: number;
  /** The same for folders. */
  readonly folderDiskBytes: number;
  readonly deleted: boolean;
  /** Number of deleted items, with `--delete`. */
  readonly ended: number;
  /** Items that changed after they were planned, or could not be moved. */
  readonly skipped: Capped<Skipped>;
  /** Number of items that were put back after the guard refused. */
  readonly rolledBack: number;
  /** Items that could not be put back and are still in the trash. */
  readonly conflicts: Capped<Conflict>;
  /** Why the run ended early. */
  readonly error?: RegsweepError;
}

/** Counts all entries and keeps the first `cap` of them. */
export class CappedList<T> implements Capped<T> {
  count = 0;
  readonly samples: T[] = [];

  constructor(private readonly cap = 1000) {}

  clear(): void {
    this.count = 0;
    this.samples.length = 0;
  }

  add(entry: T): void {
    this.count += 1;
    if (this.samples.length < this.cap) this.samples.push(entry);
  }
}
