/** What is said of a command: its words, its options and its help. */
import type { CommandContext } from '../context.js';
import type { OptionName } from './option-table.js';

export interface CommandSpec {
  /** `trash purge`: the words that name it. */
  readonly name: string;
  /** A positional before `[root]`, as yargs writes it. */
  readonly subject?: string;
  /** What that is. */
  readonly what?: string;
  /** The root can't be a positional after it. */
  readonly rootAsOption?: true;
  readonly describe: string;
  /** Its result is also to be had as `--format csv`. */
  readonly csv?: true;
  readonly options: readonly OptionName[];
  readonly examples: readonly (readonly [string, string])[];
  readonly load: () => Promise<{ run(context: CommandContext): Promise<number> }>;
}

/** What every changing command takes. */
export const DRY: readonly OptionName[] = ['dry-run', 'yes', 'notify-command'];
/** What most reading commands take. */
export const READING: readonly OptionName[] = ['min-age', 'age-by', 'detailed-exitcode'];
