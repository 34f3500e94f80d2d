/** What the sweep takes and gives, as plain data. */

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

/** A list that is counted in full and shown in part. */
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
  /** By kind, what this run took out of the tree and did not put back. */
  readonly moved: KindCounts;
  /** Apparent size of it. */
  readonly bytes: number;
  /** Allocation that ends when it is purged; with `--delete`, that has ended. */
  readonly diskBytes: number;
  readonly deleted: boolean;
  /** Items that have ended for good, with `--delete`. */
  readonly ended: number;
  /** Items that changed since they were planned, or could not be moved. */
  readonly skipped: Capped<Skipped>;
  /** Put back because the guard's evidence was lost. */
  readonly rolledBack: number;
  /** Could not be put back, and lie in the trash. */
  readonly conflicts: Capped<Conflict>;
  /** Why the run ended early. */
  readonly error?: RegsweepError;
}

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
