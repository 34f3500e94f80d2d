/** Types that several reports use. Sizes are in bytes. */
import type { FindingCode, Severity } from '../../facts/findings.js';
import type { Digest } from '../../storage/digest.js';
import type { ErrorCode } from '../../util/errors.js';

export interface RunInfo {
  /** RFC 3339, as are all times. */
  readonly scannedAt: string;
  readonly durationMs: number;
  readonly version: string;
}

export interface Amount {
  readonly blobs: number;
  /** Apparent size. */
  readonly bytes: number;
  /** Size that files have allocated. A hard link counts once; with another name elsewhere, 0. */
  readonly diskBytes: number;
}

export interface FindingSample {
  readonly path: string;
  readonly pathBase64?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: Digest;
  readonly detail?: string;
  /** For damage: the command that removes it, ready to paste. */
  readonly command?: string;
}

export interface FindingRow {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly count: number;
  readonly message: string;
  readonly remedy: string;
  readonly samples: readonly FindingSample[];
}

/** Who approved the plan, where the settings ask for it. */
export interface ApprovalRow {
  /** As the list of allowed signers names them. */
  readonly by: string;
  /** Fingerprint of the key. */
  readonly key: string;
  readonly approvedAt: string;
  /** Also without quarantine. */
  readonly delete: boolean;
}

/** In a preview: a reason why the run would be refused. */
export interface RefusalRow {
  readonly code: ErrorCode;
  readonly message: string;
  readonly path?: string;
  readonly remedy?: string;
}
