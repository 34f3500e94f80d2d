/** Reports of what people and policies decide: removals, previews, signatures. */
import type { Digest } from '../../storage/digest.js';
import type { Amount, FindingRow, RefusalRow, RunInfo } from './common.js';

/** A tag, manifest or repository that somebody, or a policy, decided to take away. */
export interface RemovedRow {
  readonly kind: 'tag' | 'revision' | 'repository';
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
  /** What a signature's tag (cosign, the referrers fallback) is about. */
  readonly about?: Digest;
  readonly reason: string;
  /** Of its path, where that is no UTF-8. */
  readonly pathBase64?: string;
}

/** A manifest that loses a tag and stays. */
export interface StayingRow {
  readonly repository: string;
  readonly digest: Digest;
  /** By which it stays; none where something else needs it. */
  readonly tags: readonly string[];
}

export interface HolderRow {
  /** Null: no repository, but a digest in use, or something that can't be removed. */
  readonly repository: string | null;
  readonly pathBase64?: string;
  readonly blobs: number;
  readonly bytes: number;
}

/** What `rm` would do. */
export interface RemovalReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo & {
    readonly notes: readonly string[];
    readonly refusals?: readonly RefusalRow[];
  };
  readonly targets: readonly string[];
  readonly removed: readonly RemovedRow[];
  readonly staying: readonly StayingRow[];
  readonly frees: Amount;
  /** Released too, but younger than `--min-age`. */
  readonly later: {
    readonly blobs: number;
    readonly bytes: number;
    /** When a sweep takes the last of it. */
    readonly until: string | null;
  };
  /** What of the removed images stays since others need it. */
  readonly sharedWith: readonly HolderRow[];
  readonly obstacles: readonly string[];
}

export interface PolicyCheckReport {
  readonly schemaVersion: 1;
  readonly file: string;
  readonly ok: boolean;
  /** Each as `file:line:column: path: what`. */
  readonly problems: readonly string[];
  readonly entries: number;
  readonly rules: number;
  /** What was read in another way than it is written. */
  readonly readings: readonly string[];
  readonly warnings: readonly {
    readonly code: string;
    readonly at: string;
    readonly message: string;
  }[];
}

export interface PreviewRepository {
  readonly repository: string;
  readonly pathBase64?: string;
  /** `file:line:column` of the entry that decided; null where none matches. */
  readonly entry: string | null;
  readonly manifests: number;
  readonly expiring: number;
  readonly tags: number;
  /** Of what the policy frees, what this repository alone held. */
  readonly blobs: number;
  readonly bytes: number;
}

export interface PreviewImage {
  readonly repository: string;
  readonly pathBase64?: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly time: string | null;
  readonly timeSource: string;
  /** Priority of the ECR rule that expires it. */
  readonly rule?: number;
  readonly reason: string;
  readonly follower: boolean;
}

export interface PreviewReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly file: string;
  readonly run: RunInfo & { readonly refusals?: readonly RefusalRow[] };
  readonly totals: {
    readonly manifests: number;
    readonly expiring: number;
    readonly tags: number;
    readonly blobs: number;
    readonly bytes: number;
    /** What a sweep by it and the purge free on the disk: blobs and links. */
    readonly diskBytes: number;
    /** Not freed yet, since it is younger than `--min-age`. */
    readonly young: { readonly blobs: number; readonly bytes: number };
  };
  readonly repositories: readonly PreviewRepository[];
  readonly expiring: Iterable<PreviewImage>;
  readonly readings: readonly string[];
  readonly warnings: PolicyCheckReport['warnings'];
  readonly findings: readonly FindingRow[];
}

/** The manifest that a signature's tag is about. */
export interface SignedRow {
  readonly digest: Digest;
  readonly onDisk: boolean;
  /** Of the same repository. */
  readonly tags: readonly string[];
}
