/** Globs on repositories' names, and lists that are written as one text. */
import picomatch from 'picomatch';
import { usageError } from './errors.js';

/** No glob excludes: to the matcher, one that begins with `!` is a name like any other. */
const OPTIONS = { dot: true, nonegate: true };

/** @param globs on whole names; none matches every name */
export function repositoryMatcher(globs: readonly string[]): (name: string) => boolean {
  return globs.length === 0 ? () => true : picomatch([...globs], OPTIONS);
}

/**
 * Several globs match what any of them does, so one that was meant to exclude would widen.
 * @param source who said it, for the message
 * @throws RegsweepError `usage`
 */
export function requireGlobs(globs: readonly string[], source: string): void {
  for (const glob of globs) {
    const why = globProblem(glob);
    if (why !== undefined) throw usageError(`${source}: ${why[0]}`, why[1]);
  }
}

/** What is wrong with a glob, and the way out. */
export function globProblem(glob: string): [string, string?] | undefined {
  if (glob === '') return ['a glob is empty', 'leave it out for all repositories'];
  if (glob.startsWith('!') && !glob.startsWith('!(')) {
    return [
      `"${glob}" would exclude, and a glob only includes`,
      "exclude within the glob: 'team/!(prod)/**' is all of team but team/prod and what is in it",
    ];
  }
  try {
    picomatch(glob, OPTIONS);
    return undefined;
  } catch (error) {
    return [`"${glob.slice(0, 40)}" is no glob: ${(error as Error).message}`];
  }
}

/** By spaces and commas; a comma within braces or brackets belongs to a glob. */
export function splitList(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if ('{[('.includes(char)) depth += 1;
    if ('}])'.includes(char)) depth = Math.max(0, depth - 1);
    if (/\s/.test(char) || (char === ',' && depth === 0)) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.filter((part) => part !== '');
}
