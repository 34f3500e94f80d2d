/** Reports of removals and policies. */
import type { Digest } from '../../storage/digest.js';
import type { Amount, FindingRow, RefusalRow, RunInfo } from './common.js';

/** A tag, manifest or repository that a person or a policy removes. */
export interface RemovedRow {
  readonly kind: 'tag' | 'revision' | 'repository';
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
  /** For a signature's tag (cosign, the referrers fallback): the digest that it is about. */
  readonly about?: Digest;
  readonly reason: string;
  /** Only if the path is not UTF-8. */
  readonly pathBase64?: string;
}

/** A manifest that loses a tag and is kept. */
export interface StayingRow {
  readonly repository: string;
  readonly digest: Digest;
  /** Its remaining tags; empty if something else needs it. */
  readonly tags: readonly string[];
}

export interface HolderRow {
  /** Null for references outside repositories: digests in use, or items that can't be removed. */
  readonly repository: string | null;
  readonly pathBase64?: string;
  readonly blobs: number;
  readonly bytes: number;
}

/** The result of `rm --dry-run`. */
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
  /** Also released, but newer than `--min-age`. */
  readonly later: {
    readonly blobs: number;
    readonly bytes: number;
    /** The time after which a sweep removes all of it. */
    readonly until: string | null;
  };
  /** Blobs of the removed images that are kept because others need them, each once. */
  readonly shared: { readonly blobs: number; readonly bytes: number };
  /** Those of them that each repository needs. */
  readonly sharedWith: readonly HolderRow[];
  readonly obstacles: readonly string[];
}

export interface PolicyCheckReport {
  readonly schemaVersion: 1;
  readonly file: string;
  readonly ok: boolean;
  /** Each as `file:line:column: path: message`. */
  readonly problems: readonly string[];
  readonly entries: number;
  readonly rules: number;
  /** Parts of the policy that are read differently from how they are written. */
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
  /** `file:line:column` of the entry that decided; null if none matches. */
  readonly entry: string | null;
  readonly manifests: number;
  readonly expiring: number;
  readonly tags: number;
  /** The part of the freed blobs that only this repository refers to. */
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
    /** Bytes on disk that a sweep with it and the purge free: blobs and links. */
    readonly diskBytes: number;
    /** Not freed yet, because it is newer than `--min-age`. */
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
  /** Tags of the same repository. */
  readonly tags: readonly string[];
}
