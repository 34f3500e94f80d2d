/** The plan that is shown, and the answer to it. */

import { confirm } from '../../cli/output/prompt.js';
import { kindsText, whatGoes } from '../../report/text/plan.js';
import { checkSpace, listRuns } from '../../sweep/index.js';
import { formatDuration } from '../../util/duration.js';
import type { Context } from '../context.js';
import type { Session } from '../session/session.js';
import type { ChangeRequest } from '../sweep/sweep.js';
import { keptNotes, type Prepared, preparePlan, requireSomethingLeft } from './prepare-plan.js';
import { introduction } from './removal-impact.js';
import { staleLines } from './stale-actions.js';

/** There is nothing to do, or somebody said no: no clearance is needed for that. */
export class NoChange extends Error {
  override readonly name = 'NoChange';
  constructor(readonly state: 'nothing-to-do' | 'declined') {
    super(state);
  }
}

/** @throws NoChange; RegsweepError where no plan may be made */
export async function planAndAsk(
  context: Context,
  session: Session,
  request: ChangeRequest,
): Promise<Prepared> {
  const prepared = await preparePlan(context, session.tree, session.state, request);
  const { totals } = prepared;
  for (const note of keptNotes(prepared)) context.log.note(note);
  if (request.source !== undefined) requireSomethingLeft(request.source, totals);
  const purges = isPurgeDue(context, session, request);
  if (totals.actions === 0 && !purges) throw new NoChange('nothing-to-do');
  requireSpace(session, prepared);
  const intro = introduction(context, prepared, request.selection.targets);
  const shown = [
    ...[...intro, ...kindsText(totals.byKind), whatGoes(totals)],
    ...staleLines(prepared.stale).map((line) => `\n${line}`),
  ].join('');
  if (!context.settings.quiet) process.stderr.write(`${shown}\n`);
  const how = request.quarantine ? 'Move this to quarantine?' : 'Delete this, with no way back?';
  const first = purges
    ? `First, quarantined runs older than ${formatDuration(request.purgeOlderThan!)} are deleted. `
    : '';
  if (await confirm(context, `${first}${how}`)) return prepared;
  throw new NoChange('declined');
}

/** The plan as it is after the stop; it was agreed to before, as far as it goes. @throws NoChange */
export async function planAgain(
  context: Context,
  session: Session,
  request: ChangeRequest,
): Promise<Prepared> {
  const prepared = await preparePlan(context, session.tree, session.state, request);
  const { file, source } = request;
  if (source !== undefined && file !== undefined) requireSomethingLeft(file, prepared.totals);
  if (prepared.totals.actions === 0) throw new NoChange('nothing-to-do');
  requireSpace(session, prepared);
  return prepared;
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

function requireSpace({ state }: Session, prepared: Prepared): void {
  checkSpace(state, { items: prepared.totals.actions, folders: foldersOf(prepared) });
}

/** Parents of the items, which the trash repeats; items of one parent mostly stand together. */
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
