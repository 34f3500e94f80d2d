/** Results of `ls` and `du`. Sizes are apparent bytes. */
import type { RunInfo } from './common.js';
import type { RepositoryRow, TagRow } from './rows.js';

export interface ListReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo;
  /** By name. */
  readonly repositories: readonly RepositoryRow[];
  /** Of the repositories that were named; undefined where none was. */
  readonly tags?: readonly TagRow[];
}

export interface NamespaceRow {
  /** Full name; '' for the whole tree. */
  readonly name: string;
  readonly pathBase64?: string;
  /** Levels below the whole tree, which is 0. */
  readonly depth: number;
  /** How many repositories lie at this name and below. */
  readonly repositories: number;
  /** Distinct blobs that these refer to. */
  readonly bytes: number;
  /** What removing all of them frees. */
  readonly uniqueBytes: number;
  /** Unreferenced blobs that only their links still name; at the top, also what nothing links. */
  readonly garbageBytes: number;
}

export interface DiskUsageReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: RunInfo;
  /** Each after the one above it, the larger first. */
  readonly namespaces: readonly NamespaceRow[];
}
