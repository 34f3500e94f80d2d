/**
 * What the page is given, as JSON: shared by the side that writes it and the script that draws
 * it. Sizes are bytes. Names are ready for the screen: controls, direction marks and raw bytes
 * are escaped, and long ones are shortened; numbers, never names, tell items apart.
 */

import type { FindingRow, RunInfo } from '../model/common.js';
import type { AnalyzeTotals, FilesystemSpace } from '../model/model.js';
import type { RepositoryRow } from '../model/rows.js';

export const STATES = ['live', 'young', 'garbage', 'held'] as const;
/**
 * `held`: garbage that frees nothing: its data has another name outside the tree, or it is behind a
 * symbolic link or on another filesystem.
 */
export type PageState = (typeof STATES)[number];

/** Bounds of the age groups in days; the last group has none. */
export const AGE_DAYS = [1, 7, 28, 91, 365] as const;

/** What a place says besides a tag's number (from 0). */
export const HOLDER = {
  severalTags: -1,
  untagged: -2,
  unreferenced: -3,
  /** Tags that are too small for a row of their own. */
  otherTags: -4,
  /** With repository -1: more than one repository. */
  shared: -5,
  /** With repository -1: held by no repository, but not to go. */
  kept: -6,
} as const;

/** [number of the repository or -1, number of the tag or one of HOLDER] */
export type OwnerPlace = readonly [number, number];

export interface PageRepository extends RepositoryRow {
  readonly uniqueDiskBytes: number;
  readonly sharedDiskBytes: number;
}

/** A scan: when, and what blobs took on the disk, as the history has it. */
export interface PagePoint {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly diskBytes: number;
  readonly garbageDiskBytes: number;
  readonly quarantinedDiskBytes: number;
}

export interface PageFinding extends FindingRow {
  /** What mends all of them, ready to paste. */
  readonly command?: string;
}

export interface PageTag {
  readonly repository: number;
  readonly name: string;
  /** Of all distinct blobs that it leads to. */
  readonly bytes: number;
  /** Of those that nothing else leads to. */
  readonly frees: number;
  readonly diskBytes: number;
  readonly freesDiskBytes: number;
  /** RFC 3339. */
  readonly pushedAt: string;
}

/** The largest blobs, each with a row of its own: columns of equal length. */
export interface BlobColumns {
  readonly digest: readonly string[];
  readonly place: readonly number[];
  readonly bytes: readonly number[];
  readonly disk: readonly number[];
  /** Position in STATES. */
  readonly state: readonly number[];
  /** Position of the age group. */
  readonly age: readonly number[];
  /** Blobs of several repositories: their row, those repositories, and how many there are. */
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

/** Blobs that a repository shares with others and that aren't shown in it one by one. */
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
  /** RFC 3339: the newest trace of the garbage that nothing has referred to for longest. */
  readonly oldestGarbageAt: string | null;
  /** What to run next, each with a comment after ` # `. */
  readonly nextSteps: readonly string[];
  /** Earlier scans and this one, oldest first; empty where there was none. */
  readonly growth: readonly PagePoint[];
  readonly findings: readonly PageFinding[];
  readonly repositories: readonly PageRepository[];
  readonly tags: readonly PageTag[];
  readonly places: readonly OwnerPlace[];
  readonly blobs: BlobColumns;
  readonly rest: RestColumns;
  readonly shared: SharedColumns;
  /** What has no row of its own. */
  readonly leftOut: {
    readonly repositories: number;
    readonly tags: number;
    readonly blobs: number;
  };
}
