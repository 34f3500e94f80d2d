/** What the verifying threads are told, and what they answer. */
import type { Digest } from '../storage/digest.js';

export interface VerifySetup {
  /** Absolute path of `docker/registry/v2`. */
  readonly base: string;
  /** See throttle.ts. */
  readonly shared: SharedArrayBuffer;
  /** Bytes a second of all threads together; 0: as fast as it goes. */
  readonly bytesPerSecond: number;
}

export interface VerifyTask {
  readonly digest: Digest;
  /** Size and mtime (ns) at which it was found right before: then it isn't read again. */
  readonly known?: { readonly size: number; readonly mtimeNs: bigint };
}

export type VerifyAnswer =
  | { readonly state: 'right'; readonly size: number; readonly mtimeNs: bigint }
  | { readonly state: 'known'; readonly size: number }
  /** Read to its end, and its content has another digest. */
  | { readonly state: 'wrong'; readonly size: number; readonly actual: string }
  /** An I/O error, or no regular file. */
  | { readonly state: 'unreadable'; readonly size: number; readonly problem: string }
  /** Removed since the scan. */
  | { readonly state: 'gone' }
  /** The stop came first. */
  | { readonly state: 'stopped' };
