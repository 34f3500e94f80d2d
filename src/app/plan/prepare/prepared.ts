/** A request for a plan, and a plan that is ready for execution. */
import type { Pool } from '../../../facts/pool/pool.js';
import type { Facts } from '../../../facts/types.js';
import type { Marks } from '../../../graph/types.js';
import type { Actions } from '../../../plan/actions/plan-actions.js';
import type { PlanFile, PlanList } from '../../../plan/file/codec.js';
import type { Action, PlanHeader, PlannedItem, PlanTotals } from '../../../plan/types.js';
import type { ApprovalRow } from '../../../report/model/common.js';
import type { Capped, Skipped } from '../../../sweep/index.js';
import type { RegsweepError } from '../../../util/errors.js';
import type { Decisions } from '../../select/removals.js';
import type { Selection } from '../../select/selection.js';
import type { FixedItems } from './immutable-items.js';

export interface Prepared {
  readonly facts: Facts;
  readonly marks: Marks;
  readonly actions: Actions;
  readonly header: PlanHeader;
  readonly totals: PlanTotals;
  readonly decisions: Decisions;
  /** Stale actions of the plan file, with the reasons. */
  readonly stale: Stale;
  /** Items that are kept because they can't be removed. */
  readonly fixed: FixedItems;
  /** Lines about items that are kept for the quarantine. */
  readonly claimed: readonly string[];
  /** What `--backup` is going to write. */
  readonly toBackUp: readonly string[];
  /** In a preview: the reasons for which a run would be refused. */
  readonly refused: readonly RegsweepError[];
  /** Files on disk of each action. For blobs: as they were when the plan was made. */
  items(): Iterable<PlannedItem>;
  /** The actions with their measured sizes. */
  listed(): Iterable<Action>;
}

export interface PlanRequest {
  readonly selection: Selection;
  /** Nothing is executed. Refusals are reported and don't end it. */
  readonly preview?: true;
  /** False: items are deleted, so items that a quarantined run needs are kept. */
  readonly quarantine?: boolean;
  /** Seconds. Quarantined runs older than this are purged first, during the downtime. */
  readonly purgeOlderThan?: number;
  /** Only actions in this file are allowed. */
  readonly file?: PlanList;
  /** The file that `file` was made or narrowed from. */
  readonly source?: PlanSource;
  /** Threads of an earlier scan. Without them each scan starts its own. */
  readonly scan?: Pool;
  /** The plan from which `file` was made: all its items were already checked. */
  readonly agreed?: Pick<Prepared, 'fixed' | 'claimed'>;
  /** The quarantine has not changed since then. */
  readonly isSameTrash?: boolean;
}

/** The file given by the user, even if only a part of it was agreed to. */
export interface PlanSource {
  readonly file: PlanFile;
  readonly totals: PlanTotals;
  /** Its actions again; empty if the file can be read only once. */
  listed(): AsyncIterable<Action>;
}

export interface Stale extends Capped<Skipped> {
  /** Why the list may be shorter than the count: the file could not be read again. */
  readonly unlisted?: string;
}

export interface ChangeRequest extends PlanRequest {
  /** False: items are deleted at once. */
  readonly quarantine: boolean;
  /** Who approved the plan. */
  readonly approvals?: readonly ApprovalRow[];
}
