/**
 * The page's data, as JSON. The side that writes the page and the page's script share these types.
 * Sizes are in bytes. Names are ready for display: control characters, direction marks and raw
 * bytes are escaped, and long names are shortened. Items are told apart by numbers, never by names.
 */

import type { FindingRow, RunInfo } from '../model/common.js';
import type { AnalyzeTotals, FilesystemSpace } from '../model/model.js';
import type { RepositoryRow } from '../model/rows.js';

export const STATES = ['live', 'young', 'garbage', 'held'] as const;
/**
 * `held`: garbage that frees no space, because its data has another name outside the tree, is
 * behind a symbolic link, or is on another filesystem.
 */
export type PageState = (typeof STATES)[number];

/** Upper bounds of the age groups in days. The last group has none. */
export const AGE_DAYS = [1, 7, 28, 91, 365] as const;

/** Values of a place that stand for something other than a tag's number (which are 0 and above). */
export const HOLDER = {
  severalTags: -1,
  untagged: -2,
  unreferenced: -3,
  /** Tags that are too small for a separate row. */
  otherTags: -4,
  /** With repository -1: needed by more than one repository. */
  shared: -5,
  /** With repository -1: no repository refers to it, but it is kept. */
  kept: -6,
} as const;

/** [number of the repository or -1, number of the tag or one of HOLDER] */
export type OwnerPlace = readonly [number, number];

export interface PageRepository extends RepositoryRow {
  readonly uniqueDiskBytes: number;
  readonly sharedDiskBytes: number;
}

/** One scan of the history: its time and the blobs' sizes on disk. */
export interface PagePoint {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly diskBytes: number;
  readonly garbageDiskBytes: number;
  readonly quarantinedDiskBytes: number;
}

export interface PageFinding extends FindingRow {
  /** The command that repairs all places, ready to paste. */
  readonly command?: string;
}

export interface PageTag {
  readonly repository: number;
  readonly name: string;
  /** All distinct blobs that it refers to. */
  readonly bytes: number;
  /** The blobs that nothing else refers to. */
  readonly frees: number;
  readonly diskBytes: number;
  readonly freesDiskBytes: number;
  /** RFC 3339; null if the link can't be read. */
  readonly pushedAt: string | null;
}

/** The largest blobs, each with a separate row: columns of equal length. */
export interface BlobColumns {
  readonly digest: readonly string[];
  readonly place: readonly number[];
  readonly bytes: readonly number[];
  readonly disk: readonly number[];
  /** Position in STATES. */
  readonly state: readonly number[];
  /** Position of the age group. */
  readonly age: readonly number[];
  /** Blobs of several repositories: their row, the repositories, and the number of repositories. */
  readonly sharers: readonly (readonly [number, readonly number[], number])[];
}

/** All other blobs, summed up by place, state and age. */
export interface RestColumns {
  readonly place: readonly number[];
  readonly state: readonly number[];
  readonly age: readonly number[];
  readonly count: readonly number[];
  readonly bytes: readonly number[];
  readonly disk: readonly number[];
}

/** Blobs that a repository shares with others and that have no separate row in it. */
export interface SharedColumns {
  readonly repository: readonly number[];
  readonly age: readonly number[];
  readonly count: readonly number[];
  readonly bytes: readonly number[];
}

export interface PageData {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo;
  readonly minAgeSeconds: number;
  readonly deleteUntagged: boolean;
  readonly totals: AnalyzeTotals;
  readonly filesystem: FilesystemSpace;
  /** RFC 3339: the last reference to the oldest garbage. */
  readonly oldestGarbageAt: string | null;
  /** Commands to run next, each with a comment after ` # `. */
  readonly nextSteps: readonly string[];
  /** Earlier scans and this one, oldest first; empty if there were none. */
  readonly growth: readonly PagePoint[];
  readonly findings: readonly PageFinding[];
  readonly repositories: readonly PageRepository[];
  readonly tags: readonly PageTag[];
  readonly places: readonly OwnerPlace[];
  readonly blobs: BlobColumns;
  readonly rest: RestColumns;
  readonly shared: SharedColumns;
  /** Sums of the items without a separate row. */
  readonly leftOut: {
    readonly repositories: number;
    readonly tags: number;
    readonly blobs: number;
  };
}
