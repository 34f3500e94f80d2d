/** Patterns for repository names, as given by options. */
import { usageError } from '../errors.js';
import { anyMatches, patternProblem } from './index.js';

/**
 * @param globs match complete names; an empty list matches every name
 * @param exclude names that are omitted
 */
export function repositoryMatcher(
  globs: readonly string[],
  exclude: readonly string[] = [],
): (name: string) => boolean {
  const isIncluded = globs.length === 0 ? () => true : anyMatches(globs, 'repository');
  if (exclude.length === 0) return isIncluded;
  const isExcluded = anyMatches(exclude, 'repository');
  return (name) => isIncluded(name) && !isExcluded(name);
}

/**
 * Checks globs. A name matches a list if any of its globs matches, so a glob that was written to
 * exclude names would select more instead.
 * @param source the option or variable, for the message
 * @throws RegsweepError `usage`
 */
export function requireGlobs(globs: readonly string[], source: string): void {
  for (const glob of globs) {
    const why = patternProblem(glob, 'repository');
    if (why !== undefined) throw usageError(`${source}: ${why[0]}`, why[1]);
  }
}
