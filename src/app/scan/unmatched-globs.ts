/** Globs of `--repo` that match nothing. */

import { printable } from '../../storage/names.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import { nearest } from '../../util/nearest-word.js';
import type { Context } from '../context.js';

/** Tells once of each glob of `--repo` that matches none of these names. */
export function tellUnmatched(context: Context, names: readonly string[]): void {
  const { options, log, tally } = context;
  tally.unmatched ??= [];
  for (const glob of options.plan === undefined ? options.repo : []) {
    const matches = repositoryMatcher([glob]);
    if (tally.unmatched.includes(glob) || names.some(matches)) continue;
    tally.unmatched.push(glob);
    const near = nearest(glob, names);
    const hint = near === undefined ? '' : `; did you mean ${printable(near)}?`;
    log.warn(`--repo ${glob} matches no repository${hint}`);
  }
}
