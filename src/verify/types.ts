/** Setup, tasks and answers of the verifying threads. */
import type { Digest } from '../storage/digest.js';

export interface VerifySetup {
  /** Absolute path of `docker/registry/v2`. */
  readonly base: string;
  /** See throttle.ts. */
  readonly shared: SharedArrayBuffer;
  /** Bytes per second of all threads together; 0: no limit. */
  readonly bytesPerSecond: number;
}

export interface VerifyTask {
  readonly digest: Digest;
  /** Size and mtime (ns) at which the blob was intact. If unchanged, it is not read again. */
  readonly known?: { readonly size: number; readonly mtimeNs: bigint };
}

export type VerifyAnswer =
  | { readonly state: 'right'; readonly size: number; readonly mtimeNs: bigint }
  | { readonly state: 'known'; readonly size: number }
  /** Read completely; its content has another digest. */
  | { readonly state: 'wrong'; readonly size: number; readonly actual: string }
  /** An I/O error, or not a regular file. */
  | { readonly state: 'unreadable'; readonly size: number; readonly problem: string }
  /** Removed since the scan. */
  | { readonly state: 'missing' }
  /** The stop flag was set before it was checked. */
  | { readonly state: 'stopped' };
