/** The reports of the `trash` commands. Sizes are in bytes. */
import type { ApprovalRow } from './common.js';

/** The amount that was permanently deleted from quarantine, or would be. */
export interface PurgedAmount {
  readonly runs: number;
  readonly items: number;
  readonly bytes: number;
  /** The space on disk that this frees. */
  readonly diskBytes: number;
  /** What the folders that go had allocated besides. */
  readonly folderDiskBytes: number;
}

export interface TrashRun {
  readonly id: string;
  /** Null if the journal is elsewhere (another `--state-dir`). */
  readonly startedAt: string | null;
  readonly command: string | null;
  readonly state: string;
  readonly items: number;
  readonly purgedItems: number;
  readonly bytes: number;
  readonly diskBytes: number;
  readonly folderDiskBytes: number;
}

export interface TrashReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly runs: readonly TrashRun[];
  /** True if there are runs that `--run` or `--older-than` excluded. */
  readonly narrowed?: boolean;
  readonly notes: readonly string[];
}

/** The result of `trash restore` and `trash purge`, also with `--dry-run`. */
export interface OutcomeReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly command: string;
  readonly state: 'done' | 'partial' | 'interrupted' | 'rolled-back' | 'declined';
  /** Nothing was changed. The numbers tell what would be restored or deleted. */
  readonly dryRun?: boolean;
  /** `trash purge`: number of runs that it covered. */
  readonly runs?: number;
  readonly items: number;
  readonly bytes: number;
  readonly diskBytes: number;
  /** `trash purge`: allocated size of the deleted folders. */
  readonly folderDiskBytes?: number;
  /** `trash purge`: additional free space on the tree's filesystem. */
  readonly filesystemBytes?: number;
  readonly approvals?: readonly ApprovalRow[];
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
  readonly notes: readonly string[];
}
