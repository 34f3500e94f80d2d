/** Globs of `--repo` that match nothing. */

import { printable } from '../../storage/names.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import { nearest } from '../../util/nearest-word.js';
import type { Context } from '../context.js';

const announced = new WeakMap<Context, Set<string>>();

/** Tells once of each glob of `--repo` that matches none of these names. */
export function tellUnmatched(context: Context, names: readonly string[]): void {
  const { options, log } = context;
  const before = announced.get(context) ?? new Set();
  announced.set(context, before);
  for (const glob of options.plan === undefined ? options.repo : []) {
    const matches = repositoryMatcher([glob]);
    if (before.has(glob) || names.some(matches)) continue;
    before.add(glob);
    const near = nearest(glob, names);
    const hint = near === undefined ? '' : `; did you mean ${printable(near)}?`;
    log.note(`--repo ${glob} matches no repository${hint}`);
  }
}
