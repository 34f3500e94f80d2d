/**
 * The results, as plain data: what `--format json` prints is this, field by field. A field that
 * may hold millions of items is an `Iterable`, generated anew on each iteration. All that
 * differs between two runs over an unchanged tree stands under `run`. Sizes are bytes.
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

/** Of the filesystem that holds the tree. */
export interface FilesystemSpace {
  readonly bytes: number;
  /** For processes that are not root. */
  readonly freeBytes: number;
}

export interface AnalyzeTotals extends Amount {
  readonly repositories: number;
  readonly tags: number;
  /** Manifest links, over all repositories. */
  readonly manifests: number;
  readonly layerLinks: number;
  /** Pushes under way or abandoned, with their files' sizes. */
  readonly uploads: number;
  readonly uploadBytes: number;
  readonly uploadDiskBytes: number;
  /** Of these, what nobody continued for `--min-age`: a sweep takes it. */
  readonly staleUploads: {
    readonly uploads: number;
    readonly bytes: number;
    readonly diskBytes: number;
  };
  readonly live: Amount;
  readonly garbage: Amount;
  readonly young: Amount;
  /** Garbage that stays: it, or a link to it, is behind a symbolic link or on another filesystem. */
  readonly immovable: Amount;
  readonly quarantined: Quarantined;
  readonly emptyDirectories: number;
}

/** What is in use, under the newest push that needs it. */
export interface AgeRow {
  /** Pushed less than so many days ago; null for all that is older. */
  readonly days: number | null;
  readonly tags: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

/** What many images may share; only with `--layers`. */
export interface LayerRow {
  readonly digest: Digest;
  readonly bytes: number;
  readonly diskBytes: number;
  /** Tags and repositories with tags that lead to it. */
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
    /** Whether the totals were written down for `history`. */
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
  /** The largest first. */
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
    /** With `--allow-empty-tree`: no image is left, so all blobs go. */
    readonly everything?: true;
  };
  readonly totals: PlanTotals;
  /** Of a dry run with `--purge-older-than`: at most so much goes for good before. */
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
    /** How long the registry was down, with `--stop-command`. */
    readonly downtimeMs?: number;
  };
  readonly quarantine: boolean;
  readonly approvals?: readonly ApprovalRow[];
  readonly guard: GuardState | null;
  /** Where the evidence was lost midway: items put back, and items that had ended already. */
  readonly rolledBack?: { readonly putBack: number; readonly ended: number };
  /** What went, by kind. */
  readonly moved: Readonly<Partial<Record<ActionKind, number>>>;
  /** With `--delete`, items that are gone for good; what else was moved lies in quarantine. */
  readonly deleted?: number;
  readonly bytes: number;
  readonly diskBytes: number;
  /** With `--purge-older-than`, where there was something to purge first. */
  readonly purged?: PurgedAmount;
  readonly skippedCount: number;
  readonly skipped: readonly SkippedRow[];
  /** Tags, manifests and repositories that policy or a person took away, unless skipped. */
  readonly removed?: Iterable<RemovedRow>;
  /** What the user should know or do next. */
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
  /** From a root down to it; empty for garbage. */
  readonly chain: readonly (Step & { readonly pathBase64?: string })[];
  readonly linkedIn: readonly {
    readonly repository: string;
    readonly as: string;
    readonly pathBase64?: string;
  }[];
  /** Where the question is about a signature: what it signs. */
  readonly about?: SignedRow;
  /** Tags of signatures, attestations and SBOMs that are about it, as `repository:tag`. */
  readonly signedBy?: readonly string[];
  /** Of what is part of images: the tags, and untagged manifests, that need it. */
  readonly heldBy?: {
    readonly images: number;
    readonly repositories: number;
    /** The first of them, as `repository:tag` or `repository@digest`. */
    readonly first: readonly string[];
    /** What removing all of them would free; null where one of them can't be removed. */
    readonly frees: { readonly blobs: number; readonly bytes: number } | null;
  };
  /** Of garbage: manifests that refer to it, of which each is garbage too. */
  readonly referredToBy?: readonly Digest[];
  /** What removing it frees, with all that goes with it; of garbage, what sweeping it does. */
  readonly frees: { readonly blobs: number; readonly bytes: number };
  /** With `--platform`. */
  readonly platforms?: readonly PlatformRow[];
}

export interface PlatformRow {
  /** `linux/arm64/v8` */
  readonly platform: string;
  readonly digest: Digest;
  readonly onDisk: boolean;
  /** The manifest and its layers. */
  readonly bytes: number;
  readonly layers: readonly { readonly digest: Digest; readonly bytes: number }[];
}

/** Of a command that wrote its result to a file. */
export interface WrittenReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly file: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Of a plan. */
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
  /** Also without quarantine. */
  readonly delete: boolean;
  readonly totals: PlanTotals | PurgeTotals;
}

export interface AuditReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly ok: boolean;
  readonly lines: number;
  /** Lines that a crash cut short, and that a later run noted. */
  readonly torn: number;
  /** `audit rotate`: the file that the lines until now are in. */
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
