/** `--dry-run`: the plan and the guard's view, and the executor is never called. */

import { render } from '../../cli/output/render.js';
import { inspect } from '../../guard/index.js';
import type { StorageTree } from '../../storage/port.js';
import { openState, pendingRecovery } from '../../sweep/index.js';
import { EXIT } from '../../util/errors.js';
import type { Context } from '../context.js';
import { guardSettings } from '../guard-settings.js';
import { planReport } from '../plan/plan-report.js';
import { type PlanRequest, preparePlan, requireSomethingLeft } from '../plan/prepare-plan.js';
import { staleLines } from '../plan/stale-actions.js';
import { refuseHarbor } from '../select/metadata-owner.js';
import { wouldPurge } from './purge-before.js';

export async function dryRun(
  context: Context,
  tree: StorageTree,
  request: PlanRequest,
): Promise<number> {
  const { settings } = context;
  const state = openState(tree, settings.stateDir);
  const prepared = await preparePlan(context, tree, state, request);
  if (request.source !== undefined) requireSomethingLeft(request.source, prepared.totals);
  const verdict = await inspect(tree, guardSettings(settings));
  refuseHarbor(verdict, request.selection);
  const against = verdict.evidence.filter(({ bearing }) => bearing === 'against');
  const purges = wouldPurge(context, state, verdict);
  const notes = [
    'dry run: nothing was changed',
    ...(purges?.notes ?? []),
    ...staleLines(prepared.stale),
    `the guard says now: ${verdict.state}`,
    ...against.map(({ message }) => `  ${message}`),
    ...pendingRecovery(state).map((id) => `run ${id} is to be settled by the next change`),
  ];
  const report = {
    ...planReport(context, prepared, notes),
    ...(purges === undefined ? {} : { wouldPurge: purges.amount }),
  };
  await render(context, { kind: 'plan', ...report });
  return settings.detailedExitcode && prepared.totals.actions > 0 ? EXIT.detailed : EXIT.done;
}
