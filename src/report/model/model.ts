/**
 * The reports, as plain data. `--format json` prints them field by field. A field that may have
 * millions of items is an `Iterable`, which generates them on each iteration. Everything that
 * differs between two runs on an unchanged tree is under `run`. Sizes are in bytes, times are RFC
 * 3339.
 */

import type { ActionKind } from '../../graph/action-kinds.js';
import type { BlobState, Step } from '../../graph/explain.js';
import type { GuardState } from '../../guard/model/types.js';
import type { PurgeTotals } from '../../plan/file/purge-plan.js';
import type { Action, PlanHeader, PlanTotals } from '../../plan/types.js';
import type { Digest } from '../../storage/digest.js';
import type { CheckReport } from './check.js';
import type { Amount, ApprovalRow, FindingRow, RefusalRow, RunInfo } from './common.js';
import type {
  PolicyCheckReport,
  PreviewReport,
  RemovalReport,
  RemovedRow,
  SignedRow,
} from './decided.js';
import type { FindReport } from './find.js';
import type { GrowthTotals, HistoryReport, RepositoryGrowthRow } from './history.js';
import type { DiskUsageReport, ListReport } from './listing.js';
import type { PullsReport } from './pulls.js';
import type { RepositoryRow, TagRow } from './rows.js';
import type { OutcomeReport, PurgedAmount, TrashReport } from './trash.js';
import type { View } from './view.js';

export type { CheckReport, CorruptRow, ImageRow, Verified } from './check.js';
export type * from './common.js';
export type * from './decided.js';
export type { GrowthTotals, HistoryReport, RepositoryGrowthRow } from './history.js';
export type * from './rows.js';
export type * from './trash.js';
export type * from './view.js';

export interface Quarantined {
  readonly runs: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

/** Of the tree's filesystem. */
export interface FilesystemSpace {
  readonly bytes: number;
  /** For processes that are not root. */
  readonly freeBytes: number;
}

export interface AnalyzeTotals extends Amount {
  readonly repositories: number;
  readonly tags: number;
  /** Manifest links of all repositories. */
  readonly manifests: number;
  readonly layerLinks: number;
  /** Uploads in progress or abandoned, with the sizes of their files. */
  readonly uploads: number;
  readonly uploadBytes: number;
  readonly uploadDiskBytes: number;
  /** The uploads that nobody continued for `--min-age`. A sweep removes them. */
  readonly staleUploads: {
    readonly uploads: number;
    readonly bytes: number;
    readonly diskBytes: number;
  };
  readonly live: Amount;
  readonly garbage: Amount;
  readonly young: Amount;
  /**
   * Garbage that is kept, because it or a link to it is behind a symbolic link or on another
   * filesystem.
   */
  readonly immovable: Amount;
  readonly quarantined: Quarantined;
  readonly emptyDirectories: number;
}

/** Blobs in use, grouped by the newest push that needs them. */
export interface AgeRow {
  /** Pushed less than this many days ago; null for everything older. */
  readonly days: number | null;
  readonly tags: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

/** A blob that images share; only with `--layers`. */
export interface LayerRow {
  readonly digest: Digest;
  readonly bytes: number;
  readonly diskBytes: number;
  /** Number of tags, and of repositories with tags, that refer to it. */
  readonly tags: number;
  readonly repositories: number;
}

export interface GarbageRow {
  readonly digest: Digest;
  readonly bytes: number;
  readonly modifiedAt: string;
}

export interface AnalyzeReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo & {
    /** Whether a record for `history` was written. */
    readonly recorded?: boolean;
    /** Only with `--since`. */
    readonly growth?:
      | (GrowthTotals & { readonly repositories: readonly RepositoryGrowthRow[] })
      | null;
  };
  readonly totals: AnalyzeTotals;
  readonly filesystem: FilesystemSpace;
  readonly ages?: readonly AgeRow[];
  readonly repositories: readonly RepositoryRow[];
  readonly tags?: readonly TagRow[];
  /** The largest come first. */
  readonly layers?: readonly LayerRow[];
  /** Only with `--details`. */
  readonly garbage?: Iterable<GarbageRow>;
  readonly findings: readonly FindingRow[];
}

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

export interface GuardReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly state: GuardState;
  readonly evidence: readonly {
    readonly kind: string;
    readonly bearing: string;
    readonly message: string;
    readonly pid?: number;
    readonly command?: string;
    readonly container?: string;
    readonly mount?: string;
    readonly remedy?: string;
  }[];
}

export interface ExplainReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly question: string;
  readonly pathBase64?: string;
  readonly digest?: Digest;
  readonly state: BlobState;
  readonly bytes?: number;
  readonly since: string | null;
  /** From a root down to the subject; empty for garbage. */
  readonly chain: readonly (Step & { readonly pathBase64?: string })[];
  readonly linkedIn: readonly {
    readonly repository: string;
    readonly as: string;
    readonly pathBase64?: string;
  }[];
  /** For a signature: the manifest that it signs. */
  readonly about?: SignedRow;
  /** Tags of signatures, attestations and SBOMs about it, as `repository:tag`. */
  readonly signedBy?: readonly string[];
  /** For a part of images: the tags and untagged manifests that need it. */
  readonly heldBy?: {
    readonly images: number;
    readonly repositories: number;
    /** Some of them, as `repository:tag` or `repository@digest`. */
    readonly first: readonly string[];
    /** What removing all of them frees; null if one of them can't be removed. */
    readonly frees: { readonly blobs: number; readonly bytes: number } | null;
  };
  /** For garbage: the manifests that refer to it, which are garbage too. */
  readonly referredToBy?: readonly Digest[];
  /**
   * What removing it frees, with everything that only it needs. For garbage: what sweeping it
   * frees.
   */
  readonly frees: { readonly blobs: number; readonly bytes: number };
  /** Only with `--platform`. */
  readonly platforms?: readonly PlatformRow[];
}

export interface PlatformRow {
  /** Such as `linux/arm64/v8`. */
  readonly platform: string;
  readonly digest: Digest;
  readonly onDisk: boolean;
  /** Size of the manifest and its layers. */
  readonly bytes: number;
  readonly layers: readonly { readonly digest: Digest; readonly bytes: number }[];
}

/** The result of a command that wrote its document to a file. */
export interface WrittenReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly file: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Only for a plan. */
  readonly id?: string;
  /** As the result itself has them. */
  readonly totals: PlanTotals | PurgeTotals | AnalyzeTotals;
}

/** `plan approve`: what was signed. */
export interface ApprovedReport {
  readonly schemaVersion: 1;
  /** Of the tree that the plan is for. */
  readonly root: string;
  readonly plan: string;
  readonly id: string;
  /** Of all that the plan says, as its last line has it. */
  readonly sha256: string;
  /** The file with the approvals. */
  readonly signatures: string;
  readonly approvedAt: string;
  /** The totals of the document. */
  readonly delete: boolean;
  readonly totals: PlanTotals | PurgeTotals;
}

export interface AuditReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly ok: boolean;
  readonly lines: number;
  /** Lines that a crash cut off, and that a later run noted. */
  readonly torn: number;
  /** With `audit rotate`: the file that now has the earlier lines. */
  readonly rotatedTo?: string;
  readonly problem?: string;
}

export type Report =
  | ({ readonly kind: 'analyze'; readonly view?: View } & AnalyzeReport)
  | ({ readonly kind: 'history' } & HistoryReport)
  | ({ readonly kind: 'check' } & CheckReport)
  | ({ readonly kind: 'plan'; readonly view?: { readonly all: boolean } } & PlanReport)
  | ({ readonly kind: 'change' } & ChangeReport)
  | ({ readonly kind: 'trash' } & TrashReport)
  | ({ readonly kind: 'guard' } & GuardReport)
  | ({ readonly kind: 'find' } & FindReport)
  | ({ readonly kind: 'outcome' } & OutcomeReport)
  | ({ readonly kind: 'explain' } & ExplainReport)
  | ({ readonly kind: 'removal' } & RemovalReport)
  | ({ readonly kind: 'policy-check' } & PolicyCheckReport)
  | ({ readonly kind: 'preview' } & PreviewReport)
  | ({ readonly kind: 'list' } & ListReport)
  | ({ readonly kind: 'disk-usage' } & DiskUsageReport)
  | ({ readonly kind: 'written' } & WrittenReport)
  | ({ readonly kind: 'approved' } & ApprovedReport)
  | ({ readonly kind: 'pulls' } & PullsReport)
  | ({ readonly kind: 'audit' } & AuditReport);
