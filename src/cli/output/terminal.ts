/** What the standard streams are. */

export interface Terminal {
  readonly color: boolean;
  /** Infinite where stdout is a pipe or a file. */
  readonly width: number;
  /** Stdout is a terminal. */
  readonly bars: boolean;
  /** There is a person on stdin who sees stderr. */
  readonly canAsk: boolean;
}
