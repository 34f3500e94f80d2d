/** What is said beside `--plan`: where it keeps more it counts, where it would widen it doesn't. */

import type { OptionName } from '../../cli/args/option-table.js';
import type { Settings } from '../../cli/settings/resolve.js';
import type { PlanTotals } from '../../plan/types.js';
import { usageError } from '../../util/errors.js';
import { keepDigestsOf, type Selection } from '../select/selection.js';

type Said = Pick<Settings, 'given' | 'sourceOf' | 'minAge' | 'kinds' | 'keepDigests'>;

/**
 * @param planned the plan's own options
 * @throws RegsweepError `usage` where `--keep-digests` can't be read, or `--repo` was given by hand
 */
export function narrowed<S extends Selection>(planned: S, said: Said): S {
  if (said.given.has('repo')) {
    throw usageError(
      '--repo does not go with --plan: the plan tells of which repositories it is',
      'make the plan with it: regsweep plan --repo GLOB -o FILE',
    );
  }
  const isMinAgeSaid = said.sourceOf('min-age') !== undefined;
  return {
    ...planned,
    minAge: isMinAgeSaid ? Math.max(planned.minAge, said.minAge) : planned.minAge,
    kinds: planned.kinds.filter((kind) => said.kinds.has(kind)),
    keepDigests: [...new Set([...planned.keepDigests, ...keepDigestsOf(said)])].sort(),
  };
}

const FROM_PLAN: readonly OptionName[] = [
  'age-by',
  'delete-untagged',
  'allow-tagless',
  'policy',
  'trust-mtimes',
  'allow-empty',
  'orphan-signatures',
];

/** Options of this command line that have no say, for the note. */
export function ignored(planned: Selection, { given, minAge }: Said): OptionName[] {
  const names = FROM_PLAN.filter((name) => given.has(name));
  return given.has('min-age') && minAge < planned.minAge ? ['min-age', ...names] : names;
}

/** Of what a file lists, how much is of the kinds asked for: the rest is no loss. */
export function totalsWithin(totals: PlanTotals, { kinds }: Selection): PlanTotals {
  const entries = kinds.map((kind) => [kind, totals.byKind[kind] ?? 0] as const);
  const actions = entries.reduce((sum, [, number]) => sum + number, 0);
  return { ...totals, actions, byKind: Object.fromEntries(entries) };
}
