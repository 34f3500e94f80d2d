/** What is asked of a plan, and a plan that is ready to be carried out. */
import type { Pool } from '../../../facts/pool/pool.js';
import type { Facts } from '../../../facts/types.js';
import type { Marks } from '../../../graph/types.js';
import type { Fingerprint } from '../../../guard/index.js';
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
  /** What the plan file lists besides, and why it stays. */
  readonly stale: Stale;
  /** What stays because nobody can remove it. */
  readonly fixed: FixedItems;
  /** What stays for the quarantine, for people. */
  readonly claimed: readonly string[];
  /** Of a preview: why a run would be refused. */
  readonly refused: readonly RegsweepError[];
  /** What stands on the disk for each action; of blobs, what stood there when it was planned. */
  items(): Iterable<PlannedItem>;
  /** The actions with their sizes, as they were measured. */
  listed(): Iterable<Action>;
}

export interface PlanRequest {
  readonly selection: Selection;
  /** Nothing is carried out: what would refuse a run is told, and doesn't end it. */
  readonly preview?: true;
  /** False: what goes is deleted, so that nothing may go which a quarantined run needs. */
  readonly quarantine?: boolean;
  /** Seconds: quarantined runs that are older go before, within the downtime. */
  readonly purgeOlderThan?: number;
  /** Nothing goes that this file doesn't list. */
  readonly file?: PlanList;
  /** Where `file` came from, or from what it was narrowed. */
  readonly source?: PlanSource;
  /** Threads that are warm from an earlier look; without them each look has its own. */
  readonly scan?: Pool;
  /** The plan that became `file`: whatever this plan may list was asked about then. */
  readonly agreed?: Pick<Prepared, 'fixed' | 'claimed'>;
  /** The quarantine is what it was then. */
  readonly isSameTrash?: boolean;
}

/** The file that a person gave, whatever of it was agreed to since. */
export interface PlanSource {
  readonly file: PlanFile;
  readonly totals: PlanTotals;
  /** Its actions again; nothing where it can be read only once. */
  listed(): AsyncIterable<Action>;
}

export interface Stale extends Capped<Skipped> {
  /** Why the list may be shorter than the count: the file couldn't be read again. */
  readonly unlisted?: string;
}

export interface ChangeRequest extends PlanRequest {
  /** False: what goes is deleted at once. */
  readonly quarantine: boolean;
  /** Who approved the plan. */
  readonly approvals?: readonly ApprovalRow[];
  /** Of the tree before it was scanned, while the registry served. */
  readonly earlier?: Fingerprint;
}
