/** `--repo`: what it narrows beside the mark, and the globs that match nothing. */

import type { Settings } from '../../cli/settings/resolve.js';
import { printable } from '../../storage/names.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import { nearest } from '../../util/nearest-word.js';
import type { Context } from '../context.js';

/**
 * The globs of this very command line. A settings file narrows sweeps with its `repo`; what is
 * named by hand, explained or brought back isn't narrowed unasked.
 */
export const repositoriesAskedFor = ({ given, repo }: Settings): readonly string[] =>
  given.has('repo') ? repo : [];

const announced = new WeakMap<Context, Set<string>>();

/** Tells once of each glob of `--repo` that matches none of these names. */
export function tellUnmatched(context: Context, names: readonly string[]): void {
  const { settings, log } = context;
  const before = announced.get(context) ?? new Set();
  announced.set(context, before);
  for (const glob of settings.plan === undefined ? settings.repo : []) {
    const matches = repositoryMatcher([glob]);
    if (before.has(glob) || names.some(matches)) continue;
    before.add(glob);
    const near = nearest(glob, names);
    const hint = near === undefined ? '' : `; did you mean ${printable(near)}?`;
    log.note(`--repo ${glob} matches no repository${hint}`);
  }
}
