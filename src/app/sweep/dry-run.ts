/** `--dry-run`: the plan and the guard's view, and the executor is never called. */

import { refusal } from '../../guard/index.js';
import type { Verdict } from '../../guard/model/types.js';
import type { StorageTree } from '../../storage/port.js';
import { openState, pendingRecovery } from '../../sweep/index.js';
import type { RegsweepError } from '../../util/errors.js';
import { approvalsOfChange, approvalsShown } from '../approval/approvals.js';
import type { Context, Finished } from '../context.js';
import { staleLines } from '../plan/file/stale-actions.js';
import { planReport } from '../plan/plan-report.js';
import { preparePlan, requireSomethingLeft } from '../plan/prepare/prepare-plan.js';
import type { PlanRequest } from '../plan/prepare/prepared.js';
import { caught } from '../plan/prepare/preview-refusals.js';
import { refuseHarbor } from '../select/metadata-owner.js';
import type { Selection } from '../select/selection.js';
import { cacheRequirement, unknownCacheNotes } from '../session/cache-invalidation.js';
import { inspectTree } from '../session/inspect-tree.js';
import { wouldPurge } from './purge-before.js';

export async function dryRun(
  context: Context,
  tree: StorageTree,
  request: PlanRequest,
): Promise<Finished> {
  const { options } = context;
  const state = openState(tree, options.stateDir);
  const prepared = await preparePlan(context, tree, state, { ...request, preview: true });
  if (request.source !== undefined) requireSomethingLeft(request.source, prepared.totals);
  const verdict = await inspectTree(context, tree);
  const approval = await approvalsShown(() => approvalsOfChange(context, request));
  const refused = [
    ...approval.refused,
    ...guardRefusals(tree, verdict, request.selection),
    ...prepared.refused,
  ];
  const purges = wouldPurge(context, state, verdict);
  const notes = [
    'dry run: nothing was changed',
    ...(purges?.notes ?? []),
    ...staleLines(prepared.stale),
    `safety check now: ${verdict.state}`,
    ...((purges?.amount.runs ?? 0) > 0 || request.quarantine === false
      ? unknownCacheNotes(cacheRequirement(context, verdict))
      : []),
    ...pendingRecovery(state).map((id) => `run ${id} is to be settled by the next change`),
  ];
  const report = {
    ...planReport(context, { ...prepared, refused }, notes, approval.approvals),
    ...(purges === undefined ? {} : { wouldPurge: purges.amount }),
  };
  return { report: { kind: 'plan', ...report }, error: undefined };
}

/** What the guard has against a run now, and Harbor against one that takes tags or manifests. */
export function guardRefusals(
  tree: StorageTree,
  verdict: Verdict,
  selection: Selection,
): RegsweepError[] {
  const harbor = caught(() => refuseHarbor(verdict, selection));
  return [
    ...(verdict.state === 'refused' ? [refusal(tree, verdict)] : []),
    ...(harbor === undefined ? [] : [harbor]),
  ];
}
