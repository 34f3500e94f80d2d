/** The plan as plain, serialisable data. Its totals are always computed from its actions. */
import type { ActionKind } from '../graph/action-kinds.js';
import type { Digest } from '../storage/digest.js';
import type { EntrySnapshot } from '../storage/entry-snapshot.js';

export { ACTION_KINDS, type ActionKind } from '../graph/action-kinds.js';

export interface Action {
  readonly kind: ActionKind;
  /** The folder to remove, relative to `docker/registry/v2`. */
  readonly path: string;
  readonly digest?: Digest;
  readonly repository?: string;
  readonly tag?: string;
  /** Apparent size of the files in bytes; undefined before they are measured. */
  readonly bytes?: number;
  readonly reason: string;
}

/**
 * An action with the snapshots of its entries on the disk: the item itself first, then everything
 * below it. The sweep compares them right before the rename.
 */
export interface PlannedItem {
  readonly action: Action;
  readonly seen: readonly EntrySnapshot[];
  /** A file of it was written or replaced after the scan began, so it is not what was marked. */
  readonly changedDuringScan?: true;
}

export interface PlanTotals {
  readonly actions: number;
  readonly blobs: number;
  /** Apparent size in bytes of all files, each counted once. */
  readonly bytes: number;
  /** Allocated bytes that purging all of this frees. */
  readonly diskBytes: number;
  /** The part of `diskBytes` that blobs use. Links and uploads use the rest. */
  readonly blobDiskBytes: number;
  /** Allocated bytes of the removed folders, which `diskBytes` doesn't include. */
  readonly folderDiskBytes: number;
  readonly byKind: Readonly<Partial<Record<ActionKind, number>>>;
}

export interface PlanHeader {
  readonly schemaVersion: 1;
  readonly id: string;
  readonly root: string;
  readonly storage: {
    readonly filesystemId: string;
    readonly inode: string;
    readonly fingerprint: string;
  };
  readonly options: Readonly<Record<string, unknown>>;
}
