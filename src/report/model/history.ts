/** Growth, as results: of `history` and `analyze --since`. */

export interface GrowthTotals {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** Of tree and quarantine together. */
  readonly diskBytes: number;
  /** Null where the time is too short to tell. */
  readonly diskBytesPerDay: number | null;
  /** Null where nothing grows, or nobody knows. */
  readonly diskFullAt: string | null;
}

export interface RepositoryGrowthRow {
  readonly name: string;
  /** Null where it wasn't listed then: it was not there, or was small. */
  readonly beforeBytes: number | null;
  readonly bytes: number | null;
  readonly growthBytes: number;
}

export interface HistoryReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly run: {
    readonly at: string;
    readonly version: string;
    readonly disk: { readonly bytes: number; readonly availableBytes: number };
  };
  readonly since: string | null;
  readonly records: number;
  /** Cut short by a crash, and left out. */
  readonly damagedLines: number;
  readonly growth: GrowthTotals | null;
  readonly gotBack: {
    readonly runs: number;
    readonly items: number;
    readonly quarantinedDiskBytes: number;
    readonly freedBytes: number;
  };
  /** Those that changed most first. */
  readonly repositories: readonly RepositoryGrowthRow[];
}
