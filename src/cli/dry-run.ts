/** `--dry-run`: the plan and the guard's view, and the executor is never called. */
import { EXIT } from '../errors.js';
import { inspect } from '../guard/index.js';
import type { StorageTree } from '../storage/port.js';
import { openState, pendingRecovery } from '../sweep/index.js';
import type { Context } from './context.js';
import { refuseHarbor } from './foreign.js';
import { guardSettings } from './guard-settings.js';
import { planReport } from './plan-report.js';
import { type PlanRequest, preparePlan, requireSomethingLeft } from './planning.js';
import { wouldPurge } from './purge-first.js';
import { render } from './render.js';
import { staleLines } from './stale.js';

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
