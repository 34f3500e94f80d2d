/**
 * How `sweep` and `tidy` run: look at the guard, lock, then within the guard's quiet window a
 * fresh scan and plan and the question; only then is anything moved.
 */
import { EXIT, RegsweepError } from '../errors.js';
import { clear, inspect, refusal } from '../guard/index.js';
import type { Clearance, Verdict } from '../guard/types.js';
import type { ChangeReport } from '../report/model.js';
import { kindsText, whatGoes } from '../report/text/plan.js';
import type { StorageTree } from '../storage/port.js';
import { checkSpace } from '../sweep/index.js';
import { carryOut } from './carry-out.js';
import { changeReport } from './change-report.js';
import { confirm, requireSomeoneToAsk } from './confirm.js';
import { type Context, endIfInterrupted } from './context.js';
import { guardSettings } from './guard-settings.js';
import { recordSize } from './history.js';
import { type PlanRequest, type Prepared, preparePlan, requireSomethingLeft } from './planning.js';
import { render } from './render.js';
import { type Session, tellBystanders, withSession } from './session.js';

export interface ChangeRequest extends PlanRequest {
  /** False: what goes is deleted at once. */
  readonly quarantine: boolean;
}

/** There is nothing to do, or somebody said no: no clearance is needed for that. */
class NoChange extends Error {
  override readonly name = 'NoChange';
  constructor(
    readonly state: 'nothing-to-do' | 'declined',
    readonly prepared: Prepared,
  ) {
    super(state);
  }
}

/** @returns the exit code, once the result is printed */
export async function change(
  context: Context,
  tree: StorageTree,
  request: ChangeRequest,
): Promise<number> {
  requireSomeoneToAsk(context);
  const verdict = await inspect(tree, guardSettings(context.settings));
  if (verdict.state === 'refused') throw refusal(tree, verdict);
  requireNoWitness(verdict, request);
  return withSession(context, tree, (session) =>
    changeInSession(context, session, withoutUploads(request, verdict)),
  );
}

async function changeInSession(
  context: Context,
  session: Session,
  request: ChangeRequest,
): Promise<number> {
  const { tree, audit } = session;
  const { selection } = request;
  audit.append({ event: 'options', ...selection, keepDigests: selection.keepDigests.length });
  let cleared: { clearance: Clearance; value: Prepared };
  try {
    cleared = await clear(
      tree,
      guardSettings(context.settings),
      () => planAndAsk(context, session, request),
      context.signal,
    );
  } catch (error) {
    if (!(error instanceof NoChange)) throw error;
    endIfInterrupted(context);
    return finish(context, changeReport(context, request, { ended: error.state, tree }));
  }
  const { clearance, value: prepared } = cleared;
  tellBystanders(context, audit, clearance.verdict.evidence);
  const result = await carryOut(context, session, request, clearance, prepared);
  await recordSize(session.state, prepared.facts);
  const code = await finish(
    context,
    changeReport(context, request, { result, clearance, prepared, tree }),
  );
  if (result.error !== undefined) throw result.error;
  return code;
}

async function planAndAsk(
  context: Context,
  session: Session,
  request: ChangeRequest,
): Promise<Prepared> {
  const prepared = await preparePlan(context, session.tree, session.state, request);
  const { totals } = prepared;
  if (request.file !== undefined) requireSomethingLeft(request.file, totals);
  if (totals.actions === 0) throw new NoChange('nothing-to-do', prepared);
  checkSpace(session.state, { items: totals.actions, folders: foldersOf(prepared) });
  const shown = [...kindsText(totals.byKind), whatGoes(totals)].join('');
  if (!context.settings.quiet) process.stderr.write(`${shown}\n`);
  const how = request.quarantine ? 'Move this to quarantine?' : 'Delete this, with no way back?';
  if (await confirm(context, how)) return prepared;
  throw new NoChange('declined', prepared);
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

const EXITS: Readonly<Record<ChangeReport['state'], number>> = {
  done: EXIT.done,
  'nothing-to-do': EXIT.done,
  declined: EXIT.done,
  partial: EXIT.partial,
  interrupted: EXIT.interrupted,
  'rolled-back': EXIT.guard,
};

async function finish(context: Context, report: ChangeReport): Promise<number> {
  await render(context, { kind: 'change', ...report });
  return EXITS[report.state];
}

/**
 * A registry that lives remembers blobs: it would accept a push that needs one which is gone
 * for good. From quarantine such a blob still comes back.
 */
function requireNoWitness({ registries }: Verdict, { quarantine }: ChangeRequest): void {
  const [first] = registries;
  if (quarantine || first === undefined) return;
  throw new RegsweepError(
    'guard-refused',
    `--delete: registry process ${first.pid} is alive and remembers the blobs that it has seen`,
    { remedy: 'stop it first, or sweep without --delete and purge after it was restarted' },
  );
}

/** Uploads belong to a registry that is merely read-only. */
function withoutUploads(request: ChangeRequest, { state }: Verdict): ChangeRequest {
  if (state === 'stopped') return request;
  const { selection } = request;
  const kinds = selection.kinds.filter((kind) => kind !== 'upload');
  return { ...request, selection: { ...selection, kinds } };
}
