/** The definition of a command: its name, options and help. */
import type { CommandContext } from '../context.js';
import type { OptionName } from './option-table.js';

export interface CommandSpec {
  /** One or two words, such as `trash purge`. */
  readonly name: string;
  /** A positional before `[root]`, in yargs' syntax. */
  readonly subject?: string;
  /** Description of that positional. */
  readonly what?: string;
  /** The command has no positional `[root]`. */
  readonly rootAsOption?: true;
  readonly describe: string;
  /** The command supports `--format csv`. */
  readonly csv?: true;
  readonly options: readonly OptionName[];
  readonly examples: readonly (readonly [string, string])[];
  readonly load: () => Promise<{ run(context: CommandContext): Promise<number> }>;
}

/** Options of every changing command. */
export const DRY: readonly OptionName[] = ['dry-run', 'yes', 'notify-command'];
/** Options of most reading commands. */
export const READING: readonly OptionName[] = ['min-age', 'age-by', 'detailed-exitcode'];
