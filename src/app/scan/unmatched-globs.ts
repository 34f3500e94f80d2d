/** Globs of `--repo` that match no repository. */

import { printable } from '../../storage/names.js';
import { nearest } from '../../util/nearest-word.js';
import { repositoryMatcher } from '../../util/pattern/glob-list.js';
import type { Context } from '../context.js';

/** Warns once about each glob of `--repo` that matches none of these names. */
export function tellUnmatched(context: Context, names: readonly string[]): void {
  const { options, log, tally } = context;
  tally.unmatched ??= [];
  const repo = options.plan === undefined ? options.repo : [];
  const all = [
    ...repo.map((glob) => ['--repo', glob] as const),
    ...options.exclude.map((glob) => ['--exclude', glob] as const),
  ];
  for (const [option, glob] of all) {
    const matches = repositoryMatcher([glob]);
    if (tally.unmatched.includes(glob) || names.some(matches)) continue;
    tally.unmatched.push(glob);
    const near = nearest(glob, names);
    const hint = near === undefined ? '' : `; did you mean ${printable(near)}?`;
    log.warn(`${option} ${glob} matches no repository${hint}`);
  }
}
