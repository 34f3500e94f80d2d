/** What a run decided to take, before and after it is done. */

import { released } from '../../graph/sizes/freed-blobs.js';
import type { Action } from '../../plan/types.js';
import { isoTime } from '../../report/build/names.js';
import { removalObstacles, removalReport, removedRows } from '../../report/build/removal.js';
import type { RemovalReport, RemovedRow } from '../../report/model/model.js';
import { laterText } from '../../report/text/changes/removal.js';
import { RegsweepError } from '../../util/errors.js';
import { type Context, runInfo } from '../context.js';
import { NO_DECISIONS } from '../select/removals.js';
import { linkedNotes } from './kept-notes.js';
import type { Prepared } from './prepare/prepared.js';

/** What `rm` means, for a plan that was made from what a person named. */
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

/** Undefined where nothing was decided but what the mark finds by itself. */
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

/** @throws RegsweepError `facts-refused` where something was named and none of it can go */
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
  throw new RegsweepError('facts-refused', ['nothing of this can go', ...why].join('\n'), {
    remedy: 'regsweep explain tells what holds it',
  });
}

/** What of a removal is still to come, or stays. */
export function removalNotes({ facts, marks, actions, decisions }: Prepared): string[] {
  const { named, before } = decisions;
  if (named === undefined || before === undefined) return [];
  const { later } = released(facts, before, marks);
  const until = later.until === undefined ? null : isoTime(later.until);
  const lines = [...laterText({ ...later, until })].map((line) => line.trimEnd());
  return [...lines, ...removalObstacles({ facts, after: marks, actions, touched: named.touched })];
}
