/** The report of `check`. Sizes are in bytes. */
import type { Digest } from '../../storage/digest.js';
import type { FindingRow, RunInfo } from './common.js';

/** An image that is damaged by a corrupt blob. */
export interface ImageRow {
  readonly repository: string;
  readonly tag?: string;
  readonly digest: Digest;
}

export interface CorruptRow {
  readonly digest: Digest;
  readonly bytes: number;
  /** The digest that its content has, or (`problem`) the reason why it could not be read. */
  readonly actual?: string;
  readonly problem?: string;
  readonly images: readonly ImageRow[];
}

export interface Verified {
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs that were removed during the verification. */
  readonly goneBlobs: number;
}

export interface CheckReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo & {
    /**
     * Blobs that an interrupted verification had already verified, and that were not read again.
     */
    readonly resumedBlobs?: number;
  };
  /** Only with `--verify`. So is `corrupt`. */
  readonly verified?: Verified;
  readonly corrupt?: readonly CorruptRow[];
  readonly findings: readonly FindingRow[];
}
