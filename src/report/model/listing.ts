/** The reports of `ls` and `du`. Sizes are apparent bytes. */
import type { RunInfo } from './common.js';
import type { RepositoryRow, TagRow } from './rows.js';

export interface ListReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo;
  /** Sorted by name. */
  readonly repositories: readonly RepositoryRow[];
  /** Tags of the repositories that were named; undefined if none was named. */
  readonly tags?: readonly TagRow[];
}

export interface NamespaceRow {
  /** Full name; '' for the complete tree. */
  readonly name: string;
  readonly pathBase64?: string;
  /** Levels below the complete tree, which has 0. */
  readonly depth: number;
  /** Number of repositories with this name and below it. */
  readonly repositories: number;
  /** Sum of the distinct blobs that these refer to. */
  readonly bytes: number;
  /** Size that is freed by removing all of them. */
  readonly uniqueBytes: number;
  /** Unreferenced blobs that only their links still name; in the first row also orphaned blobs. */
  readonly garbageBytes: number;
}

export interface DiskUsageReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo;
  /** Each row after its parent, larger ones first. */
  readonly namespaces: readonly NamespaceRow[];
}
