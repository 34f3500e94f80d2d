/** What somebody wants to see of a report. */

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

/** What somebody asked for; undefined leaves it to the reporter. */
export interface View {
  readonly sort?: SortKey | undefined;
  readonly top?: number | undefined;
  /** Flags that make the next command look at the tree as this one did: ` -m --min-age 7d`. */
  readonly flags?: string;
  /** Flags that make any next command find the same state: ` --state-dir DIR`. */
  readonly place?: string;
  readonly outlook?: Outlook;
}

/** What the commands that a table proposes would meet. */
export interface Outlook {
  /** Options that they need, beginning with a space: ` --max-delete 95%`. */
  readonly permissions: string;
  /** Why none of them would remove anything, whatever the options. */
  readonly obstacle?: string;
  /** Manifests that `-m` would take; 0 where something else is to be done first. */
  readonly untagged: number;
  /** Every blob was changed within `--min-age`, and some would be garbage otherwise. */
  readonly allRecent: boolean;
}
