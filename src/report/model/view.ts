/** How a report is shown. */

export type SortKey =
  | 'own'
  | 'size'
  | 'shared'
  | 'garbage'
  | 'tags'
  | 'manifests'
  | 'untagged'
  | 'pushed'
  | 'name';

/** Options for showing a report. Undefined fields leave the choice to the reporter. */
export interface View {
  readonly sort?: SortKey | undefined;
  readonly top?: number | undefined;
  /** Flags that make the next command see the tree as this one did: ` -m --min-age 7d`. */
  readonly flags?: string;
  /** Those of `flags` that `tidy` takes. */
  readonly ages?: string;
  /** Flags that make any next command find the same state: ` --state-dir DIR`. */
  readonly place?: string;
  readonly outlook?: Outlook;
}

/** Whether the commands that `analyze` proposes would succeed. */
export interface Outlook {
  /** Options that they need, beginning with a space: ` --max-delete 95%`. */
  readonly permissions: string;
  /** The reason why none of them would remove anything, with any options. */
  readonly obstacle?: string;
  /** Number of manifests that `-m` would remove; 0 if another step comes first. */
  readonly untagged: number;
  /** Every blob was changed within `--min-age`, and some would otherwise be garbage. */
  readonly allRecent: boolean;
}
