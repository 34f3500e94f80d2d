/** The frame of `trash restore` and `trash purge`: guard, lock, plan and question, then the work. */

import { clear, inspect, requireNotRefused } from '../../guard/index.js';
import type { Clearance, Verdict } from '../../guard/model/types.js';
import type { OutcomeReport } from '../../report/model/model.js';
import type { StorageTree } from '../../storage/port.js';
import { pendingRecovery } from '../../sweep/index.js';
import type { RegsweepError } from '../../util/errors.js';
import {
  AGREED,
  type Context,
  endIfInterrupted,
  type Finished,
  type Question,
} from '../context.js';
import { guardSettings } from '../guard-settings.js';
import { recordOutcome } from '../records/history-record.js';
import { requireCurable, withDowntime } from './downtime.js';
import { type Session, tellBystanders, tellQuietWindow, withSession } from './session.js';

export interface QuarantineResult {
  readonly report: OutcomeReport;
  readonly error: RegsweepError | undefined;
}

export interface GuardedWork<P> {
  /**
   * Decides what to do; runs within the guard's quiet window.
   * @param seen what was known of registries and their caches before they were stopped
   */
  plan(session: Session, verdict: Verdict, seen: Verdict): Promise<P>;
  /** Undefined where there is nothing to do. */
  question(plan: P): Question | undefined;
  carryOut(session: Session, clearance: Clearance, plan: P): Promise<QuarantineResult>;
  /** The result when nothing was done. */
  nothing(session: Session, plan: P): OutcomeReport;
}

class NothingDone<P> extends Error {
  override readonly name = 'NothingDone';
  constructor(
    readonly plan: P,
    readonly isDeclined: boolean,
  ) {
    super('nothing was done');
  }
}

export async function guardedOperation<P>(
  context: Context,
  tree: StorageTree,
  work: GuardedWork<P>,
): Promise<QuarantineResult> {
  const { options } = context;
  if (!options.dryRun) context.confirm.require();
  const stops = options.stopCommand !== undefined && !options.dryRun;
  const verdict = await inspect(tree, guardSettings(options));
  if (stops) requireCurable(tree, verdict);
  else requireNotRefused(tree, verdict);
  const run = stops ? operationInDowntime : operationInSession;
  return withSession(context, tree, (session) => run(context, session, verdict, work), stops);
}

/** Asks while the registry serves; stops it, does the work with a fresh plan, and starts it. */
async function operationInDowntime<P>(
  context: Context,
  session: Session,
  seen: Verdict,
  work: GuardedWork<P>,
): Promise<QuarantineResult> {
  // A run that was killed has to be settled first, which only a stopped registry allows.
  const asksLater = pendingRecovery(session.state).length > 0;
  if (!asksLater) {
    const stopped: Verdict = { ...seen, state: 'stopped', registries: [] };
    const plan = await work.plan(session, stopped, seen);
    const question = work.question(plan);
    const nothing = (): OutcomeReport => work.nothing(session, plan);
    if (question === undefined) return { report: nothing(), error: undefined };
    if (!(await context.confirm.ask(question))) {
      return { report: { ...nothing(), state: 'declined' }, error: undefined };
    }
  }
  const agreed = asksLater ? context : { ...context, confirm: AGREED };
  const done = await withDowntime(context, session, async (verdict) => {
    session.settle();
    return operationInSession(agreed, session, verdict, work, seen);
  });
  if ('error' in done.work) throw done.work.error;
  const { report, error } = done.work.value;
  return { report, error: done.startError ?? error };
}

/** @param verdict of the guard, which doesn't refuse */
export async function operationInSession<P>(
  context: Context,
  session: Session,
  verdict: Verdict,
  work: GuardedWork<P>,
  seen = verdict,
): Promise<QuarantineResult> {
  const { options } = context;
  const prepare = async (): Promise<P> => {
    const plan = await work.plan(session, verdict, seen);
    const question = work.question(plan);
    if (question === undefined || options.dryRun) throw new NothingDone(plan, false);
    if (!(await context.confirm.ask(question))) throw new NothingDone(plan, true);
    return plan;
  };
  try {
    tellQuietWindow(context);
    const cleared = await clear(session.tree, guardSettings(options), prepare, context.signal);
    tellBystanders(context, session.audit, cleared.clearance.verdict.evidence);
    const done = await work.carryOut(session, cleared.clearance, cleared.value);
    recordOutcome(context, session.state, done.report);
    return done;
  } catch (error) {
    if (!(error instanceof NothingDone)) throw error;
    endIfInterrupted(context);
    const report = work.nothing(session, error.plan as P);
    return {
      report: error.isDeclined ? { ...report, state: 'declined' } : report,
      error: undefined,
    };
  }
}

/** As the use cases return it. */
export const finishedOutcome = ({ report, error }: QuarantineResult): Finished => ({
  report: { kind: 'outcome', ...report },
  error,
});
