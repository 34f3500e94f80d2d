/** `pulls import`, `pulls show`. */
export interface PullsReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly imported?: readonly {
    readonly file: string;
    readonly lines: number;
    readonly requests: number;
    readonly pulls: number;
  }[];
  /** Since when every pull up to now is on record; null where the records ended long ago. */
  readonly since: string | null;
  readonly covered: readonly { readonly from: string; readonly to: string }[];
  /** Tags and digests with a last pull. */
  readonly records: number;
  readonly repositories: readonly {
    readonly repository: string;
    readonly references: number;
    readonly lastPulledAt: string;
    readonly lastPulled: string;
  }[];
}
