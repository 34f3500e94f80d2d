/** The executor's input. */
import type { Stats } from 'node:fs';
import type { Clearance } from '../../guard/model/types.js';
import type { Action, PlannedItem } from '../../plan/types.js';
import type { EntrySnapshot } from '../../storage/entry-snapshot.js';
import type { StorageTree } from '../../storage/port.js';
import type { ItemRecord } from '../journal/records.js';
import type { AuditLog } from '../state/audit.js';
import type { SweepState } from '../state/state.js';

export interface ExecuteInput {
  readonly tree: StorageTree;
  readonly clearance: Clearance;
  readonly state: SweepState;
  /** Sorted by kind, in the order of `ACTION_KINDS`. */
  readonly items: Iterable<PlannedItem>;
  /** `sweep`, `tidy` or `rm`. */
  readonly command: string;
  readonly runId: string;
  readonly planId: string;
  /** RFC 3339. */
  readonly startedAt?: string;
  readonly options: {
    readonly quarantine: boolean;
    /**
     * With `quarantine: false`: uses no trash, since the tree's disk has no space for its folders.
     */
    readonly inPlace?: boolean;
    readonly batchSize?: number;
  };
  readonly remark?: Remark;
  readonly referenced?: Referenced;
  /** Called with the files of each moved item, as they were before the move. */
  readonly onMoved?: (files: readonly EntrySnapshot[]) => void;
  /** Called with the files that were put aside, in their state after the rename. */
  readonly onAside?: (files: readonly Stats[]) => void;
  /**
   * Called after all items were moved and before any is deleted, unless the run ended early. Throws
   * if the tree differs from its earlier state by more than the moved items. The whole run is then
   * rolled back.
   */
  readonly unchanged?: () => Promise<void>;
  readonly audit?: AuditLog;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
  /** With `quarantine: false`: called with the number of items deleted so far. */
  readonly onDeleted?: (done: number) => void;
}

/** Marks again. @returns whether an action is still allowed by the new mark */
export type Remark = () => Promise<(action: Action) => boolean>;

/** Marks tree and trash again. @returns whether an item of the trash is referenced */
export type Referenced = () => Promise<(item: ItemRecord) => boolean>;
