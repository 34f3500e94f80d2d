/** The properties of the standard streams. */

export interface Terminal {
  readonly color: boolean;
  /** Columns; infinite if stdout is a pipe or a file. */
  readonly width: number;
  /** Stdout is a terminal. */
  readonly bars: boolean;
  /** stdin and stderr are terminals, so a user can be asked. */
  readonly canAsk: boolean;
}
