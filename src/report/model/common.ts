/** What several reports have in common. Sizes are bytes. */
import type { FindingCode, Severity } from '../../facts/findings.js';
import type { Digest } from '../../storage/digest.js';
import type { ErrorCode } from '../../util/errors.js';

export interface RunInfo {
  /** RFC 3339, as all times. */
  readonly scannedAt: string;
  readonly durationMs: number;
  readonly version: string;
}

export interface Amount {
  readonly blobs: number;
  /** Apparent. */
  readonly bytes: number;
  /** Allocated by files; a hard link counts once, and one with a name elsewhere frees nothing. */
  readonly diskBytes: number;
}

export interface FindingSample {
  readonly path: string;
  readonly pathBase64?: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: Digest;
  readonly detail?: string;
  /** Of damage: what removes it, ready to paste. */
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

/** Of a preview: why a run would be refused. */
export interface RefusalRow {
  readonly code: ErrorCode;
  readonly message: string;
  readonly path?: string;
  readonly remedy?: string;
}
