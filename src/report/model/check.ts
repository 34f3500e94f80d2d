/** Findings and damage, as the result of `check`. */
import type { Digest } from '../../storage/digest.js';
import type { FindingRow, RunInfo } from './common.js';

/** An image that damage breaks. */
export interface ImageRow {
  readonly repository: string;
  readonly tag?: string;
  readonly digest: Digest;
}

export interface CorruptRow {
  readonly digest: Digest;
  readonly bytes: number;
  /** What its content hashes to, or why it could not be read. */
  readonly actual?: string;
  readonly problem?: string;
  readonly images: readonly ImageRow[];
}

export interface Verified {
  readonly blobs: number;
  readonly bytes: number;
  /** Removed while this ran. */
  readonly goneBlobs: number;
}

export interface CheckReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo & {
    /** Blobs that an interrupted verification had found right, and that were not read again. */
    readonly resumedBlobs?: number;
  };
  /** Only with `--verify`, as `corrupt`. */
  readonly verified?: Verified;
  readonly corrupt?: readonly CorruptRow[];
  readonly findings: readonly FindingRow[];
}
