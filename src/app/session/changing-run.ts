/**
 * The one frame of every command that changes a tree: look at the guard, lock, settle what a
 * killed run left, plan and ask within the guard's quiet window, and only with its clearance
 * execute; then record. With `--stop-command` the plan and the question come first, while the
 * registry serves, and the rest once it was stopped.
 */

import { type Fingerprint, requireNotRefused, watchTree } from '../../guard/index.js';
import type { Clearance, Verdict } from '../../guard/model/types.js';
import type { StorageTree } from '../../storage/port.js';
import { pendingRecovery } from '../../sweep/index.js';
import { RegsweepError } from '../../util/errors.js';
import { type Context, endIfInterrupted, type Question } from '../context.js';
import { guardSettings } from '../guard-settings.js';
import { requireCurable, withDowntime } from './downtime.js';
import { inspectTree } from './inspect-tree.js';
import {
  type Session,
  tellBystanders,
  tellQuietWindow,
  tellSecondLook,
  withSession,
} from './session.js';

/** Why nothing was executed; a dry run ends as one that has nothing to do. */
export type NotExecuted = 'nothing-to-do' | 'declined';

export interface Look {
  readonly verdict: Verdict;
  /** What was seen of registries and their caches before they were stopped. */
  readonly seen: Verdict;
  /** The tree is as it was at the fingerprint that `AroundStop.settled` gave. */
  readonly isSame: boolean;
}

/** What became of a stop; empty where none was asked for. */
export interface AfterStop {
  readonly downtimeMs?: number;
  readonly isRestarted?: boolean;
  /** To be told before whatever else went wrong. */
  readonly startError?: RegsweepError;
}

/**
 * The steps that differ between commands, in the order of their calls.
 * @template P the plan
 * @template D what was done
 * @template R what the use case returns
 */
export interface ChangingWork<P, D, R> {
  /** What no stop and no other remedy of the guard's helps against. */
  refuse?(verdict: Verdict): void;
  /** What has to be so beyond the guard's consent, before the lock. */
  require?(verdict: Verdict, stops: boolean): Promise<void>;
  /** Under the lock. */
  begin?(session: Session, verdict: Verdict): void;
  /** Changes nothing; a second time after a stop. @throws RegsweepError where none may be made */
  plan(session: Session, look: Look): Promise<P>;
  isEmpty(plan: P): boolean;
  question(session: Session, plan: P): Question;
  agreed?(plan: P): Promise<void>;
  /** The registry may be down meanwhile: what can wait is for `finish`. */
  execute(session: Session, clearance: Clearance, plan: P): Promise<D>;
  /** Instead of executing. */
  nothing(session: Session, plan: P, ended: NotExecuted): D;
  finish(session: Session, done: D, after: AfterStop): R;
  readonly aroundStop: AroundStop<P>;
}

export interface AroundStop<P> {
  /** A plan needs killed runs settled, so where there are any it is asked about after the stop. */
  readonly plansSettled: boolean;
  /** The registry serves, nothing is planned. */
  begin?(session: Session): Promise<void>;
  /** The registry serves, the plan is agreed to. */
  ready?(plan: P): Promise<void>;
  /** @throws RegsweepError where what the guard saw after the stop isn't enough */
  stopped?(verdict: Verdict): void;
  /**
   * @param wasPending a killed run was settled just now
   * @returns of the tree before the stop, where the plan of then holds if it is still the same
   */
  settled?(
    session: Session,
    verdict: Verdict,
    wasPending: boolean,
  ): Promise<Fingerprint | undefined>;
}

/** @throws RegsweepError where nothing was changed */
export async function changingRun<P, D, R>(
  context: Context,
  tree: StorageTree,
  work: ChangingWork<P, D, R>,
): Promise<R> {
  const { options } = context;
  if (!options.dryRun) context.confirm.require();
  const stops = options.stopCommand !== undefined && !options.dryRun;
  const verdict = await inspectTree(context, tree);
  work.refuse?.(verdict);
  if (stops) requireCurable(tree, verdict);
  else requireNotRefused(tree, verdict);
  await work.require?.(verdict, stops);
  const run = async (session: Session): Promise<R> => {
    work.begin?.(session, verdict);
    if (stops) return runInDowntime(context, session, work, verdict);
    return runInSession(context, session, work, verdict);
  };
  return withSession(context, tree, run, stops);
}

/** @param verdict of the guard, which doesn't refuse */
export async function runInSession<P, D, R>(
  context: Context,
  session: Session,
  work: ChangingWork<P, D, R>,
  verdict: Verdict,
  asks = true,
): Promise<R> {
  const done = await runCleared(context, session, work, { verdict, seen: verdict }, asks);
  return work.finish(session, done, {});
}

async function runInDowntime<P, D, R>(
  context: Context,
  session: Session,
  work: ChangingWork<P, D, R>,
  seen: Verdict,
): Promise<R> {
  const { aroundStop } = work;
  const asksLater = aroundStop.plansSettled && pendingRecovery(session.state).length > 0;
  if (!asksLater) {
    await aroundStop.begin?.(session);
    const verdict: Verdict = { ...seen, state: 'stopped', registries: [] };
    const look = { verdict, seen, isSame: false };
    const { plan, ended } = await propose(context, session, work, look, true);
    if (ended !== undefined) {
      endIfInterrupted(context);
      return work.finish(session, work.nothing(session, plan, ended), {});
    }
    await aroundStop.ready?.(plan);
  }
  const down = await withDowntime(context, session, async (verdict) => {
    aroundStop.stopped?.(verdict);
    const wasPending = pendingRecovery(session.state).length > 0;
    session.settle();
    const earlier = await aroundStop.settled?.(session, verdict, wasPending);
    return runCleared(context, session, work, { verdict, seen }, asksLater, earlier);
  });
  const { work: end, downtimeMs, startError } = down;
  if ('error' in end) throw startError === undefined ? end.error : both(startError, end.error);
  return work.finish(session, end.value, {
    ...(downtimeMs === undefined ? {} : { downtimeMs }),
    isRestarted: downtimeMs !== undefined && context.options.startCommand !== undefined,
    ...(startError === undefined ? {} : { startError }),
  });
}

/** A registry that stays down is the worse of the two. */
function both(startError: RegsweepError, error: unknown): RegsweepError {
  const { message, remedy } = startError;
  return new RegsweepError('failed', `${message}\n  before that: ${(error as Error).message}`, {
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

async function runCleared<P, D, R>(
  context: Context,
  session: Session,
  work: ChangingWork<P, D, R>,
  look: Omit<Look, 'isSame'>,
  asks: boolean,
  earlier?: Fingerprint,
): Promise<D> {
  const { tree, audit } = session;
  tellQuietWindow(context);
  const watch = await watchTree(tree, guardSettings(context.options), context.signal, earlier);
  const { isSame } = watch;
  const { plan, ended } = await propose(context, session, work, { ...look, isSame }, asks);
  if (ended !== undefined) {
    endIfInterrupted(context);
    return work.nothing(session, plan, ended);
  }
  tellSecondLook(context);
  const clearance = await watch.clear();
  context.progress.stop();
  tellBystanders(context, audit, clearance.verdict.evidence);
  return work.execute(session, clearance, plan);
}

/** @param asks somebody has to agree; else somebody has */
async function propose<P, D, R>(
  context: Context,
  session: Session,
  work: ChangingWork<P, D, R>,
  look: Look,
  asks: boolean,
): Promise<{ plan: P; ended?: NotExecuted }> {
  const plan = await work.plan(session, look);
  if (work.isEmpty(plan) || context.options.dryRun) return { plan, ended: 'nothing-to-do' };
  if (!asks) return { plan };
  const isAgreed = await context.confirm.ask(work.question(session, plan));
  if (!isAgreed) return { plan, ended: 'declined' };
  await work.agreed?.(plan);
  return { plan };
}
