/** The mark with the items as additional roots that this run can't remove. */
import type { Facts } from '../../facts/types.js';
import { mark } from '../../graph/mark/mark.js';
import type { Marks } from '../../graph/types.js';
import { type Actions, planActions } from '../../plan/actions/plan-actions.js';
import type { Action } from '../../plan/types.js';
import { type Decisions, decideRemovals, nowOf } from '../select/removals.js';
import { markOptions, type Selection } from '../select/selection.js';

/** @param pinnedPaths paths that this run can't or won't remove: roots */
export function markSelection(
  facts: Facts,
  selection: Selection,
  pinnedPaths?: ReadonlySet<string>,
  { removals, confined }: Decisions = decideRemovals(facts, selection),
): Marks {
  return mark(facts, {
    ...markOptions(facts, selection, nowOf(facts)),
    removals,
    ...(confined === undefined ? {} : { confined }),
    ...(pinnedPaths === undefined ? {} : { pinnedPaths }),
  });
}

/**
 * Marks and plans until all actions can be done. Items that can't be removed, and items that a
 * symbolic link shows under another name, become roots of the next mark.
 * @param stays undefined: no action stays
 */
export function markWithout(
  facts: Facts,
  selection: Selection,
  stays: ((action: Action) => boolean) | undefined,
  decisions: Decisions = decideRemovals(facts, selection),
): { marks: Marks; actions: Actions } {
  const pinned = new Set<string>();
  for (;;) {
    const marks = markSelection(facts, selection, pinned, decisions);
    const actions = planActions(facts, marks);
    if (stays === undefined && facts.linked.isEmpty) return { marks, actions };
    const before = pinned.size;
    for (const action of actions) {
      if (stays?.(action) || facts.linked.covers(action.path)) pinned.add(action.path);
    }
    if (pinned.size === before) return { marks, actions };
  }
}
