/** Globs on repository names and on tags. Names are matched as they are, leading dots included. */
import picomatch from 'picomatch';

/** True where any of the globs matches. */
export function globMatcher(globs: readonly string[]): (name: string) => boolean {
  if (globs.length === 0) return () => false;
  return picomatch([...globs], { dot: true, nonegate: true });
}
