/** The plan: plain, serialisable data. Its totals are folded from its actions, never counted beside them. */
import type { ActionKind } from '../graph/action-kinds.js';
import type { Digest } from '../storage/digest.js';
import type { EntrySnapshot } from '../storage/entry-snapshot.js';

export { ACTION_KINDS, type ActionKind } from '../graph/action-kinds.js';

export interface Action {
  readonly kind: ActionKind;
  /** The folder that goes, relative to `docker/registry/v2`. */
  readonly path: string;
  readonly digest?: Digest;
  readonly repository?: string;
  readonly tag?: string;
  /** Apparent size of the files that go; known once they were looked at. */
  readonly bytes?: number;
  readonly reason: string;
}

/**
 * An action with what stands on the disk for it: the item itself first, then all beneath. It is
 * compared again right before its rename.
 */
export interface PlannedItem {
  readonly action: Action;
  readonly seen: readonly EntrySnapshot[];
}

export interface PlanTotals {
  readonly actions: number;
  readonly blobs: number;
  /** Apparent size of all files that go, each once. */
  readonly bytes: number;
  /** Allocation that ends when all this is purged. */
  readonly diskBytes: number;
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
