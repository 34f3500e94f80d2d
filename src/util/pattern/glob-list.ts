/** Patterns on repositories' names, as options give them. */
import { usageError } from '../errors.js';
import { anyMatches, patternProblem } from './index.js';

/**
 * @param globs on whole names; none matches every name
 * @param exclude what is left out of them
 */
export function repositoryMatcher(
  globs: readonly string[],
  exclude: readonly string[] = [],
): (name: string) => boolean {
  const isMeant = globs.length === 0 ? () => true : anyMatches(globs, 'repository');
  if (exclude.length === 0) return isMeant;
  const isExcluded = anyMatches(exclude, 'repository');
  return (name) => isMeant(name) && !isExcluded(name);
}

/**
 * Several globs match what any of them does, so one that was meant to exclude would widen.
 * @param source who said it, for the message
 * @throws RegsweepError `usage`
 */
export function requireGlobs(globs: readonly string[], source: string): void {
  for (const glob of globs) {
    const why = patternProblem(glob, 'repository');
    if (why !== undefined) throw usageError(`${source}: ${why[0]}`, why[1]);
  }
}
