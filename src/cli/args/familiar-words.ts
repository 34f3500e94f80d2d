/** Command names of other tools: some are accepted as aliases, others lead to a suggestion. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { V2 } from '../../storage/layout.js';
import type { CommandSpec } from './command-spec.js';

const SAME_AS: Readonly<Record<string, readonly string[]>> = {
  list: ['ls'],
  remove: ['rm'],
  'disk-usage': ['du'],
};

/** The command to suggest for each word. */
const LEADS_TO: Readonly<Record<string, string>> = {
  gc: 'regsweep sweep --dry-run',
  'garbage-collect': 'regsweep sweep --dry-run',
  prune: 'regsweep sweep --dry-run',
  clean: 'regsweep sweep --dry-run',
  cleanup: 'regsweep sweep --dry-run',
  delete: 'regsweep rm REPOSITORY:TAG --dry-run',
  purge: 'regsweep trash purge --dry-run',
  restore: 'regsweep trash restore --dry-run',
  undo: 'regsweep trash restore --dry-run',
  tags: 'regsweep ls REPOSITORY',
  images: 'regsweep ls REPOSITORY',
  catalog: 'regsweep ls',
  inspect: 'regsweep explain REPOSITORY:TAG',
  why: 'regsweep explain REPOSITORY:TAG',
  show: 'regsweep explain REPOSITORY:TAG',
  status: 'regsweep guard',
  verify: 'regsweep check --verify',
  info: 'regsweep analyze',
  stats: 'regsweep analyze',
};

/** Replaces aliases. @param args the arguments before `--` */
export function readFamiliar(args: readonly string[]): string[] {
  const words = args.map((arg) => (arg === '--json' ? '--format=json' : arg));
  const [first = '', ...rest] = words;
  if (first === 'help' && rest.length > 0) return [...rest, '--help'];
  return Object.hasOwn(SAME_AS, first) ? [...SAME_AS[first]!, ...rest] : words;
}

export const asksForVersion = ([word, ...rest]: readonly string[]): boolean =>
  rest.length === 0 && ['version', '--version', '-V', '-v'].includes(word ?? '');

export const familiarCommand = (word: string): string | undefined =>
  Object.hasOwn(LEADS_TO, word) ? LEADS_TO[word] : undefined;

/**
 * Takes a path as the last operand for the root: `rm app:1 /srv/registry`, `ls /srv/registry`.
 * @returns the other operands, and the root
 */
export function withTrailingRoot(
  { subject }: CommandSpec,
  subjects: readonly string[],
  root: unknown,
): { subjects: readonly string[]; root: unknown } {
  const last = subjects.at(-1);
  const isOptional = subject === '[what]';
  const mayEnd = isOptional || (subject === '<what..>' && subjects.length > 1);
  if (root !== undefined || last === undefined || !mayEnd || !isPath(last)) {
    return { subjects, root };
  }
  return { subjects: subjects.slice(0, -1), root: last };
}

/** Whether an operand is a path: a repository's name begins with neither a slash nor a dot. */
const isPath = (word: string): boolean => /^[./]/.test(word) || existsSync(join(word, V2));
