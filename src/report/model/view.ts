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
}
