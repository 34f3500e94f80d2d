/**
 * The common part of `trash restore` and `trash purge`: their report, and their work for
 * `changingRun`.
 */
import { jsonName, rawPath } from '../../report/build/names.js';
import type { OutcomeReport } from '../../report/model/model.js';
import type { StorageTree } from '../../storage/port.js';
import type { Conflict } from '../../sweep/index.js';
import type { RegsweepError } from '../../util/errors.js';
import type { Context, Finished } from '../context.js';
import { recordOutcome } from '../records/history-record.js';
import type { AfterStop, ChangingWork, NotExecuted } from '../session/changing-run.js';
import type { Session } from '../session/session.js';

export interface TrashOutcome {
  readonly report: OutcomeReport;
  readonly error: RegsweepError | undefined;
}

export type FinishedOutcome = Finished<OutcomeReport & { readonly kind: 'outcome' }>;

export type TrashWork<P> = ChangingWork<P, TrashOutcome, FinishedOutcome>;

/** @param nothing makes the report if nothing was done, or for a dry run */
export const trashWork = <P>(
  context: Context,
  work: Pick<TrashWork<P>, 'plan' | 'isEmpty' | 'question' | 'execute'>,
  nothing: (session: Session, plan: P) => OutcomeReport,
): TrashWork<P> => ({
  ...work,
  nothing(session: Session, plan: P, ended: NotExecuted) {
    const report = nothing(session, plan);
    return {
      report: ended === 'declined' ? { ...report, state: ended } : report,
      error: undefined,
    };
  },
  finish({ state }: Session, { report, error }: TrashOutcome, { startError }: AfterStop) {
    if (report.dryRun !== true) recordOutcome(context, state, report);
    return { report: { kind: 'outcome', ...report }, error: startError ?? error };
  },
  aroundStop: { plansSettled: true },
});

export const emptyReport = ({ command }: Context, tree: StorageTree): OutcomeReport => ({
  schemaVersion: 1,
  root: tree.rootDirectory,
  command,
  state: 'done',
  items: 0,
  bytes: 0,
  diskBytes: 0,
  problems: [],
  notes: [],
});

export const problemRow = ({ path, reason }: Conflict): OutcomeReport['problems'][number] => ({
  path: jsonName(path),
  ...rawPath(path),
  reason,
});
