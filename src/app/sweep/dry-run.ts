/** `--dry-run`: the plan and the guard's verdict. The executor is never called. */

import { refusal } from '../../guard/index.js';
import type { StorageTree } from '../../storage/port.js';
import { openState, pendingRecovery } from '../../sweep/index.js';
import { approvalsOfChange, approvalsShown } from '../approval/approvals.js';
import type { Context, Finished } from '../context.js';
import { staleLines } from '../plan/file/stale-actions.js';
import { planReport } from '../plan/plan-report.js';
import { preparePlan, requireSomethingLeft } from '../plan/prepare/prepare-plan.js';
import type { PlanRequest } from '../plan/prepare/prepared.js';
import { caught } from '../plan/prepare/preview-refusals.js';
import { refuseHarbor } from '../select/metadata-owner.js';
import { cacheRequirement, unknownCacheNotes } from '../session/cache-invalidation.js';
import { inspectTree } from '../session/inspect-tree.js';
import { wouldPurge } from './purge-before.js';

export async function dryRun(
  context: Context,
  tree: StorageTree,
  request: PlanRequest,
): Promise<Finished> {
  const shown = await preview(context, tree, request);
  const { state, prepared, verdict, refused, approvals } = shown;
  if (request.source !== undefined) requireSomethingLeft(request.source, prepared.totals);
  const purges = wouldPurge(context, state, verdict);
  const notes = [
    'dry run: nothing was changed',
    ...(purges?.notes ?? []),
    ...staleLines(prepared.stale),
    `safety check now: ${verdict.state}`,
    ...((purges?.amount.runs ?? 0) > 0 || request.quarantine === false
      ? unknownCacheNotes(cacheRequirement(context, verdict))
      : []),
    ...pendingRecovery(state).map(
      (id) => `run ${id} was interrupted; the next command that changes the tree recovers it`,
    ),
  ];
  const report = {
    ...planReport(context, { ...prepared, refused }, notes, approvals),
    ...(purges === undefined ? {} : { wouldPurge: purges.amount }),
  };
  return { report: { kind: 'plan', ...report }, error: undefined };
}

/** The plan, with every reason for which a run would be refused now. */
export async function preview(context: Context, tree: StorageTree, request: PlanRequest) {
  const state = openState(tree, context.options.stateDir);
  const prepared = await preparePlan(context, tree, state, { ...request, preview: true });
  const verdict = await inspectTree(context, tree);
  const { approvals, refused } = await approvalsShown(() => approvalsOfChange(context, request));
  const harbor = caught(() => refuseHarbor(verdict, request.selection));
  return {
    ...{ state, prepared, verdict, approvals },
    refused: [
      ...refused,
      ...(verdict.state === 'refused' ? [refusal(tree, verdict)] : []),
      ...(harbor === undefined ? [] : [harbor]),
      ...prepared.refused,
    ],
  };
}
