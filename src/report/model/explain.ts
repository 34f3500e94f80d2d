/** The report of `explain`. */
import type { BlobState, Step } from '../../graph/explain.js';
import type { Digest } from '../../storage/digest.js';
import type { SignedRow } from './decided.js';

export interface ExplainReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly question: string;
  readonly pathBase64?: string;
  readonly digest?: Digest;
  readonly state: BlobState;
  readonly bytes?: number;
  readonly since: string | null;
  /** From a root down to the subject; empty for garbage. */
  readonly chain: readonly (Step & { readonly pathBase64?: string })[];
  readonly linkedIn: readonly {
    readonly repository: string;
    readonly as: string;
    readonly pathBase64?: string;
  }[];
  /** For a signature: the manifest that it signs. */
  readonly about?: SignedRow;
  /** Tags of signatures, attestations and SBOMs about it, as `repository:tag`. */
  readonly signedBy?: readonly string[];
  /** For a part of images: the tags and untagged manifests that need it. */
  readonly heldBy?: {
    readonly images: number;
    readonly repositories: number;
    /** Some of them, as `repository:tag` or `repository@digest`. */
    readonly first: readonly string[];
    /** What removing all of them frees; null if one of them can't be removed. */
    readonly frees: { readonly blobs: number; readonly bytes: number } | null;
  };
  /** For garbage: the manifests that refer to it, which are garbage too. */
  readonly referredToBy?: readonly Digest[];
  /**
   * What removing it frees, with everything that only it needs. For garbage: what sweeping it
   * frees.
   */
  readonly frees: { readonly blobs: number; readonly bytes: number };
  /** Only with `--platform`. */
  readonly platforms?: readonly PlatformRow[];
}

export interface PlatformRow {
  /** Such as `linux/arm64/v8`. */
  readonly platform: string;
  readonly digest: Digest;
  readonly onDisk: boolean;
  /** Size of the manifest and its layers. */
  readonly bytes: number;
  readonly layers: readonly { readonly digest: Digest; readonly bytes: number }[];
}
