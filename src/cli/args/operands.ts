/**
 * Words after `--` are operands, whatever their form. yargs doesn't take them as positionals, so
 * they are passed to it with a mark that no argument of a process can contain.
 */
import type { CommandSpec } from './command-spec.js';

const MARK = '\0';

export interface Split {
  readonly words: readonly string[];
  /** After the first `--`. */
  readonly operands: readonly string[];
}

/** The option of a shell's completion request, in which `--` is no separator. */
const ASKS = '--get-yargs-completions';

export function splitOperands(args: readonly string[]): Split {
  const end = args.includes(ASKS) ? -1 : args.indexOf('--');
  // yargs drops a single `-`.
  if (end < 0 && args[0] === 'pulls' && args.includes('-')) {
    const isInput = (word: string): boolean => word === '-';
    return { words: args.filter((word) => !isInput(word)), operands: args.filter(isInput) };
  }
  if (end < 0) return { words: args, operands: [] };
  return { words: args.slice(0, end), operands: args.slice(end + 1) };
}

export const markOperand = (text: string): string => MARK + text;

export const plainOperands = (text: string): string => text.replaceAll(MARK, '');

/**
 * @returns the arguments with the marks removed
 * @throws Error if an option before `--` has no value, and took an operand as its value
 */
export function withOperands(
  { options }: CommandSpec,
  argv: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  for (const name of options) {
    if ([argv[name]].flat().some(isMarked)) throw new Error(`--${name}: no value before --`);
  }
  return Object.fromEntries(Object.entries(argv).map(([name, value]) => [name, plain(value)]));
}

const isMarked = (value: unknown): boolean => typeof value === 'string' && value.startsWith(MARK);

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'string' ? plainOperands(value) : value;
}
