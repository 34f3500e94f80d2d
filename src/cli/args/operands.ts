/**
 * What stands after `--` is an operand, whatever it looks like. yargs keeps these words from its
 * positionals, so they reach it with a mark that no argument of a process can hold.
 */
import type { CommandSpec } from './command-spec.js';

const MARK = '\0';

export interface Split {
  readonly words: readonly string[];
  /** After the first `--`. */
  readonly operands: readonly string[];
}

/** A shell that asks how a word could end may well ask about `--`. */
const ASKS = '--get-yargs-completions';

export function splitOperands(args: readonly string[]): Split {
  const end = args.includes(ASKS) ? -1 : args.indexOf('--');
  // yargs passes over a `-` among its words.
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
 * @returns the arguments with their operands as they were written
 * @throws Error where an option stands last before `--`, and has taken an operand as its value
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
