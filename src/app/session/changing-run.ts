/**
 * The frame of every command that changes a tree: run the guard, lock, recover interrupted runs,
 * plan and ask during the guard's quiet window, execute with its clearance, and record. With
 * `--stop-command` the plan and the question come before the stop, the rest after it.
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

/** Why nothing was executed. A dry run counts as `nothing-to-do`. */
export type NotExecuted = 'nothing-to-do' | 'declined';

export interface Look {
  readonly verdict: Verdict;
  /** The verdict from before the stop, which tells about registries and their caches. */
  readonly seen: Verdict;
  /** Whether the tree is unchanged since the fingerprint that `AroundStop.settled` returned. */
  readonly isSame: boolean;
}

/** The result of the stop; empty if none was asked for. */
export interface AfterStop {
  readonly downtimeMs?: number;
  readonly isRestarted?: boolean;
  /** Reported before any other error. */
  readonly startError?: RegsweepError;
}

/**
 * The steps that differ between commands, in the order of their calls.
 * @template P the plan
 * @template D the result of the execution
 * @template R the result of the use case
 */
export interface ChangingWork<P, D, R> {
  /** Throws if the verdict contains something that can't be resolved, not even by a stop. */
  refuse?(verdict: Verdict): void;
  /** Further conditions, checked before the lock is taken. */
  require?(verdict: Verdict, stops: boolean): Promise<void>;
  /** Called with the lock. */
  begin?(session: Session, verdict: Verdict): void;
  /**
   * Changes nothing. It is called again after a stop. @throws RegsweepError if no plan may be made
   */
  plan(session: Session, look: Look): Promise<P>;
  isEmpty(plan: P): boolean;
  question(session: Session, plan: P): Question;
  agreed?(plan: P): Promise<void>;
  /** The registry may be stopped now, so everything that can wait belongs into `finish`. */
  execute(session: Session, clearance: Clearance, plan: P): Promise<D>;
  /** Called instead of `execute`. */
  nothing(session: Session, plan: P, ended: NotExecuted): D;
  finish(session: Session, done: D, after: AfterStop): R;
  readonly aroundStop: AroundStop<P>;
}

export interface AroundStop<P> {
  /**
   * Whether a plan needs interrupted runs to be recovered. If there are any, it is made after the
   * stop.
   */
  readonly plansSettled: boolean;
  /** Called while the registry serves, before the plan. */
  begin?(session: Session): Promise<void>;
  /** Called while the registry serves, after the plan was agreed to. */
  ready?(plan: P): Promise<void>;
  /** @throws RegsweepError if the verdict after the stop is not enough */
  stopped?(verdict: Verdict): void;
  /**
   * @param wasPending an interrupted run has just been recovered
   * @returns a fingerprint from before the stop; if the tree is still the same, its plan still
   *   applies
   */
  settled?(
    session: Session,
    verdict: Verdict,
    wasPending: boolean,
  ): Promise<Fingerprint | undefined>;
}

/** @throws RegsweepError if nothing was changed */
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

/** @param verdict the guard's verdict, which is not a refusal */
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

/** Reports both errors. A registry that is still stopped is the more important one. */
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

/** @param asks whether to ask; otherwise the plan was agreed to before */
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
