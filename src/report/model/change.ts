/** The reports of `plan`, `sweep`, `tidy` and `rm`. */
import type { ActionKind } from '../../graph/action-kinds.js';
import type { GuardState } from '../../guard/model/types.js';
import type { Action, PlanHeader, PlanTotals } from '../../plan/types.js';
import type { ApprovalRow, RefusalRow, RunInfo } from './common.js';
import type { RemovedRow } from './decided.js';
import type { PurgedAmount } from './trash.js';

export type ActionRow = Action & { readonly pathBase64?: string };

export interface PlanReport extends PlanHeader {
  readonly run: RunInfo & {
    readonly notes: readonly string[];
    readonly refusals?: readonly RefusalRow[];
    readonly approvals?: readonly ApprovalRow[];
    /** With `--allow-empty-tree`: no image is left, so all blobs are removed. */
    readonly everything?: true;
  };
  readonly totals: PlanTotals;
  /** A dry run with `--purge-older-than`: at most this is deleted first. */
  readonly wouldPurge?: PurgedAmount;
  readonly actions: Iterable<ActionRow>;
}

export interface SkippedRow {
  readonly kind: ActionKind;
  readonly path: string;
  readonly pathBase64?: string;
  readonly reason: string;
}

export interface ChangeReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly command: string;
  readonly state: 'done' | 'partial' | 'interrupted' | 'rolled-back' | 'nothing-to-do' | 'declined';
  readonly run: {
    readonly id: string | null;
    readonly startedAt: string;
    readonly durationMs: number;
    readonly version: string;
    /** With `--stop-command`: how long the registry was down. */
    readonly downtimeMs?: number;
  };
  readonly quarantine: boolean;
  readonly approvals?: readonly ApprovalRow[];
  readonly guard: GuardState | null;
  /** After a lost clearance: items that were put back, and items that were already deleted. */
  readonly rolledBack?: { readonly putBack: number; readonly ended: number };
  /** Number of removed items, by kind. */
  readonly moved: Readonly<Partial<Record<ActionKind, number>>>;
  /** With `--delete`: items that were deleted. Other moved items are in quarantine. */
  readonly deleted?: number;
  readonly bytes: number;
  readonly diskBytes: number;
  /** Allocated size of the removed folders, which `diskBytes` leaves out. */
  readonly folderDiskBytes: number;
  /** `--delete`: additional free space on the tree's filesystem. */
  readonly filesystemBytes?: number;
  /** With `--purge-older-than`: the amount that was deleted first. */
  readonly purged?: PurgedAmount;
  readonly skippedCount: number;
  readonly skipped: readonly SkippedRow[];
  /** Tags, manifests and repositories that a policy or a person removed, without skipped ones. */
  readonly removed?: Iterable<RemovedRow>;
  /** Notes for the user, such as next steps. */
  readonly notes: readonly string[];
}
