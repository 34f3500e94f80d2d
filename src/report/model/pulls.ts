/** The report of `pulls import` and `pulls show`. */
export interface PullsReport {
  readonly schemaVersion: 1;
  readonly root: string;
  readonly imported?: readonly {
    readonly file: string;
    readonly lines: number;
    readonly requests: number;
    readonly pulls: number;
  }[];
  /** Every pull from this time until now is recorded; null if the records ended too long ago. */
  readonly since: string | null;
  readonly covered: readonly { readonly from: string; readonly to: string }[];
  /** Number of tags and digests with a recorded pull. */
  readonly records: number;
  readonly repositories: readonly {
    readonly repository: string;
    readonly references: number;
    readonly lastPulledAt: string;
    readonly lastPulled: string;
  }[];
}
