/**
 * The reports, as plain data. `--format json` prints them field by field. A field that may have
 * millions of items is an `Iterable`, which generates them on each iteration. Everything that
 * differs between two runs on an unchanged tree is under `run`. Sizes are in bytes, times are RFC
 * 3339.
 */

import type { GuardState } from '../../guard/model/types.js';
import type { PurgeTotals } from '../../plan/file/purge-plan.js';
import type { PlanTotals } from '../../plan/types.js';
import type { Digest } from '../../storage/digest.js';
import type { ChangeReport, PlanReport } from './change.js';
import type { CheckReport } from './check.js';
import type { Amount, FindingRow, RunInfo } from './common.js';
import type { PolicyCheckReport, PreviewReport, RemovalReport } from './decided.js';
import type { ExplainReport } from './explain.js';
import type { FindReport } from './find.js';
import type { GrowthTotals, HistoryReport, RepositoryGrowthRow } from './history.js';
import type { DiskUsageReport, ListReport } from './listing.js';
import type { PullsReport } from './pulls.js';
import type { RepositoryRow, TagRow } from './rows.js';
import type { OutcomeReport, TrashReport } from './trash.js';
import type { View } from './view.js';

export type * from './change.js';
export type { CheckReport, CorruptRow, ImageRow, Verified } from './check.js';
export type * from './common.js';
export type * from './decided.js';
export type * from './explain.js';
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
  | ({ readonly kind: 'check'; readonly view?: View } & CheckReport)
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
