/**
 * Options given together with `--plan`: those that protect more apply, those that remove more
 * don't.
 */

import type { PlanTotals } from '../../../plan/types.js';
import { usageError } from '../../../util/errors.js';
import type { Options } from '../../options.js';
import { keepListOf } from '../../select/keep-list.js';
import type { Selection } from '../../select/selection.js';

type Said = Pick<Options, 'besidePlan' | 'kinds' | 'exclude' | 'keepDigests' | 'root' | 'stateDir'>;

/**
 * @param planned the plan's own options
 * @throws RegsweepError `usage` if `--keep-digests` can't be read, or `--repo` is on the command
 *   line
 */
export function narrowed<S extends Selection>(planned: S, said: Said): S {
  if (said.besidePlan.names.includes('repo')) {
    throw usageError(
      '--repo can’t be used with --plan: the plan already contains its repositories',
      'make a new plan: regsweep plan --repo GLOB -o FILE',
    );
  }
  const { minAge = 0 } = said.besidePlan;
  const keep = keepListOf(said);
  return {
    ...planned,
    exclude: [...new Set([...planned.exclude, ...said.exclude])],
    stateDir: said.stateDir,
    minAge: Math.max(planned.minAge, minAge),
    kinds: planned.kinds.filter((kind) => said.kinds.has(kind)),
    keepDigests: [...new Set([...planned.keepDigests, ...keep.keepDigests])].sort(),
    keepNames: [...new Set([...planned.keepNames, ...keep.keepNames])].sort(),
  };
}

const FROM_PLAN: readonly string[] = [
  'age-by',
  'delete-untagged',
  'allow-tagless',
  'policy',
  'keep-last',
  'keep-within',
  'keep-tags',
  'trust-mtimes',
  'allow-empty',
  'orphan-signatures',
];

/** Options of this command line that are ignored, for the note. */
export function ignored(planned: Selection, { besidePlan }: Said): string[] {
  const names = FROM_PLAN.filter((name) => besidePlan.names.includes(name));
  const { minAge = 0 } = besidePlan;
  const isLess = besidePlan.names.includes('min-age') && minAge < planned.minAge;
  return isLess ? ['min-age', ...names] : names;
}

/** Number of actions in a file that are of the selected kinds. */
export function totalsWithin(totals: PlanTotals, { kinds }: Selection): PlanTotals {
  const entries = kinds.map((kind) => [kind, totals.byKind[kind] ?? 0] as const);
  const actions = entries.reduce((sum, [, number]) => sum + number, 0);
  return { ...totals, actions, byKind: Object.fromEntries(entries) };
}
