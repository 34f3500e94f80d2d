/** What the executor is given. */
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
  /** In the order of kinds. */
  readonly items: Iterable<PlannedItem>;
  /** `sweep`, `tidy` or `rm`. */
  readonly command: string;
  readonly runId: string;
  readonly planId: string;
  /** RFC 3339. */
  readonly startedAt?: string;
  readonly options: { readonly quarantine: boolean; readonly batchSize?: number };
  readonly remark?: Remark;
  readonly referenced?: Referenced;
  /** Hears of the files of each item that moved, as they were before. */
  readonly onMoved?: (files: readonly EntrySnapshot[]) => void;
  /**
   * Asked once all is moved, unless the run ended early. It throws when the tree is not what it
   * was, less what moved: the whole run is rolled back then, as far as it has not ended.
   */
  readonly unchanged?: () => Promise<void>;
  readonly audit?: AuditLog;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
  /** With `quarantine: false`, items that are gone for good. */
  readonly onDeleted?: (done: number) => void;
}

/** May this action still go, by a mark made now? */
export type Remark = () => Promise<(action: Action) => boolean>;

/** Is this item of the trash referenced, by a mark over tree and trash made now? */
export type Referenced = () => Promise<(item: ItemRecord) => boolean>;
