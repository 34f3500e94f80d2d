/** The report of `history`, and the growth in `analyze --since`. Sizes are in bytes. */

export interface GrowthTotals {
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  /** Tree and quarantine together. */
  readonly diskBytes: number;
  /** Null if the period is too short. */
  readonly diskBytesPerDay: number | null;
  /** RFC 3339. Null if the tree doesn't grow, or the time can't be computed. */
  readonly diskFullAt: string | null;
}

export interface RepositoryGrowthRow {
  readonly name: string;
  /** Null if the earlier record doesn't list it: it didn't exist, or was small. */
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
  /** Lines that a crash cut off. They are ignored. */
  readonly damagedLines: number;
  readonly growth: GrowthTotals | null;
  readonly gotBack: {
    readonly runs: number;
    readonly items: number;
    readonly quarantinedDiskBytes: number;
    readonly freedBytes: number;
  };
  /** Those that changed most come first. */
  readonly repositories: readonly RepositoryGrowthRow[];
}
