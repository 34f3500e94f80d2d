/** Makes the plan, and asks whether to apply it. */

import { removedRows } from '../../report/build/removal.js';
import type { StorageTree } from '../../storage/port.js';
import { checkJournalSpace, checkSpace, listRuns, type SpaceNeed } from '../../sweep/index.js';
import { backUp } from '../backup/backup.js';
import type { Context, Question } from '../context.js';
import { NO_DECISIONS } from '../select/removals.js';
import type { Session } from '../session/session.js';
import { staleLines } from './file/stale-actions.js';
import { planNotes } from './kept-notes.js';
import { preparePlan, requireSomethingLeft, takesEverything } from './prepare/prepare-plan.js';
import type { ChangeRequest, Prepared } from './prepare/prepared.js';
import { impactOf } from './removal-impact.js';

export interface ProposedPlan {
  /** That it was made from. */
  readonly request: ChangeRequest;
  readonly prepared: Prepared;
  /** Quarantined runs are to be purged before it. */
  readonly purges: boolean;
}

/** @throws RegsweepError where no plan may be made */
export async function proposePlan(
  context: Context,
  session: Session,
  request: ChangeRequest,
): Promise<ProposedPlan> {
  const prepared = await preparePlan(context, session.tree, session.state, request);
  const { totals } = prepared;
  for (const note of planNotes(prepared)) context.log.note(note);
  if (request.source !== undefined) requireSomethingLeft(request.source, totals);
  const purges = isPurgeDue(context, session, request);
  if (totals.actions > 0 || purges) requireSpace(session, request, prepared);
  return { request, prepared, purges };
}

/** Once more after the stop: of what was agreed to before, what still applies. */
export async function proposeAgain(
  context: Context,
  session: Session,
  request: ChangeRequest,
): Promise<ProposedPlan> {
  const prepared = await preparePlan(context, session.tree, session.state, request);
  const { file, source } = request;
  if (source !== undefined && file !== undefined) requireSomethingLeft(file, prepared.totals);
  if (prepared.totals.actions > 0) {
    requireSpace(session, request, prepared);
    // A tag may have been moved meanwhile; what is in the backup is not written again.
    await backUpPlan(context, prepared);
  }
  return { request, prepared, purges: false };
}

export async function backUpPlan(context: Context, prepared: Prepared): Promise<void> {
  const { backup } = context.options;
  if (backup !== undefined) await backUp(context, backup, prepared);
}

export function questionOf(
  context: Context,
  tree: StorageTree,
  { request, prepared, purges }: ProposedPlan,
): Question {
  const { quarantine, purgeOlderThan, selection } = request;
  const { totals, decisions, actions } = prepared;
  const impact = impactOf(context, prepared, selection.targets);
  const isDecided = impact === undefined && decisions !== NO_DECISIONS;
  return {
    kind: 'change',
    root: tree.rootDirectory,
    quarantine,
    stops: context.options.stopCommand !== undefined,
    repositories: repositoriesIn(actions),
    totals,
    ...(takesEverything(prepared) ? { everything: true as const } : {}),
    ...(purges && purgeOlderThan !== undefined ? { purgeOlderThan } : {}),
    ...(impact === undefined ? {} : { impact }),
    ...(isDecided ? { removed: { [Symbol.iterator]: () => removedRows(actions) } } : {}),
    stale: staleLines(prepared.stale),
  };
}

function repositoriesIn(actions: Prepared['actions']): number {
  const names = new Set<string>();
  for (const { repository } of actions) if (repository !== undefined) names.add(repository);
  return names.size;
}

function isPurgeDue(
  { startedAtMs }: Context,
  { state }: Session,
  { purgeOlderThan }: ChangeRequest,
): boolean {
  if (purgeOlderThan === undefined) return false;
  const before = startedAtMs - purgeOlderThan * 1000;
  return listRuns(state).some((run) => Date.parse(run.startedAt ?? '') <= before);
}

function requireSpace({ state }: Session, { quarantine }: ChangeRequest, prepared: Prepared): void {
  if (quarantine) checkSpace(state, spaceNeedOf(prepared));
  else checkJournalSpace(state, spaceNeedOf(prepared));
}

/** What journal and trash of a plan take. */
export function spaceNeedOf(prepared: Prepared): SpaceNeed {
  return { items: prepared.totals.actions, folders: foldersOf(prepared) };
}

/**
 * Number of parent folders, which the trash repeats. Items with the same parent are mostly
 * adjacent.
 */
function foldersOf({ actions }: Prepared): number {
  let folders = 0;
  let last = '';
  for (const { path } of actions) {
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent !== last) folders += 1;
    last = parent;
  }
  return folders;
}
