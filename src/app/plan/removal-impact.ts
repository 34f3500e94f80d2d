/** The items that a run decided to remove, before and after the run. */

import { released } from '../../graph/sizes/freed-blobs.js';
import type { Action } from '../../plan/types.js';
import { removalObstacles, removalReport, removedRows } from '../../report/build/removal.js';
import type { RemovalReport, RemovedRow } from '../../report/model/model.js';
import { laterText } from '../../report/text/changes/removal.js';
import { RegsweepError } from '../../util/errors.js';
import { isoTime } from '../../util/iso-time.js';
import { type Context, runInfo } from '../context.js';
import { NO_DECISIONS } from '../select/removals.js';
import { linkedNotes } from './kept-notes.js';
import type { Prepared } from './prepare/prepared.js';

/** The effect of `rm`, from a plan that was made for its targets. */
export function impactOf(
  context: Context,
  { facts, marks, actions, totals, decisions }: Prepared,
  targets: readonly string[],
  notes: readonly string[] = [],
): RemovalReport | undefined {
  const { named, before } = decisions;
  if (named === undefined || before === undefined) return undefined;
  const { touched } = named;
  const run = runInfo(context);
  return removalReport({
    facts,
    before,
    after: marks,
    actions,
    totals,
    touched,
    targets,
    run,
    notes,
  });
}

/** Undefined if neither the user nor a policy decided anything. */
export function removedBy(
  { actions, decisions }: Prepared,
  skipped: ReadonlySet<string>,
): Iterable<RemovedRow> | undefined {
  if (decisions === NO_DECISIONS) return undefined;
  const done = function* (): Generator<Action> {
    for (const action of actions) if (!skipped.has(action.path)) yield action;
  };
  return { [Symbol.iterator]: () => removedRows(done()) };
}

/** @throws RegsweepError `facts-refused` if nothing of the targets can be removed */
export function refuseNothing({
  facts,
  marks,
  actions,
  decisions: { named },
  fixed,
  claimed,
}: Pick<Prepared, 'facts' | 'marks' | 'actions' | 'decisions' | 'fixed' | 'claimed'>): void {
  if (named === undefined) return;
  const { touched } = named;
  const why = [
    ...removalObstacles({ facts, after: marks, actions, touched }),
    ...fixed.notes(),
    ...linkedNotes({ facts, marks }),
    ...claimed,
  ];
  throw new RegsweepError(
    'facts-refused',
    ['none of the targets can be removed', ...why].join('\n'),
    {
      remedy: 'regsweep explain tells what keeps them',
    },
  );
}

/** The part of a removal that is still to be done, or is kept. */
export function removalNotes({ facts, marks, actions, decisions }: Prepared): string[] {
  const { named, before } = decisions;
  if (named === undefined || before === undefined) return [];
  const { later } = released(facts, before, marks);
  const until = later.until === undefined ? null : isoTime(later.until);
  const lines = [...laterText({ ...later, until })].map((line) => line.trimEnd());
  return [...lines, ...removalObstacles({ facts, after: marks, actions, touched: named.touched })];
}
