/** The results of the commands on the quarantine, as plain data. Sizes are bytes. */
import type { ApprovalRow } from './common.js';

/** What of the quarantine was deleted for good, or would be. */
export interface PurgedAmount {
  readonly runs: number;
  readonly items: number;
  readonly bytes: number;
  /** What that frees. */
  readonly diskBytes: number;
}

export interface TrashRun {
  readonly id: string;
  /** Null where the journal lies elsewhere (another `--state-dir`). */
  readonly startedAt: string | null;
  readonly command: string | null;
  readonly state: string;
  readonly items: number;
  readonly purgedItems: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

export interface TrashReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly runs: readonly TrashRun[];
  /** There are runs that were not asked for. */
  readonly narrowed?: boolean;
  readonly notes: readonly string[];
}

/** What `trash restore` and `trash purge` did, or with `--dry-run` would do. */
export interface OutcomeReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly command: string;
  readonly state: 'done' | 'partial' | 'interrupted' | 'rolled-back' | 'declined';
  /** The numbers are of what would go or come back; nothing was changed. */
  readonly dryRun?: boolean;
  /** Of `trash purge`: how many it went through. */
  readonly runs?: number;
  readonly items: number;
  readonly bytes: number;
  readonly diskBytes: number;
  /** Of `trash purge`: how much more is free on the tree's filesystem than before it. */
  readonly filesystemBytes?: number;
  readonly approvals?: readonly ApprovalRow[];
  readonly problems: readonly { readonly path: string; readonly reason: string }[];
  readonly notes: readonly string[];
}
