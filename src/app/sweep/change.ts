/**
 * How changing commands run: look at the guard, lock, then within the guard's quiet window a
 * fresh scan and plan and the question; only then is anything moved. With `--stop-command` the
 * plan and the question come first, while the registry serves.
 */

import type { Pool } from '../../facts/pool/pool.js';
import { openScan } from '../../facts/read.js';
import { fingerprint, inspect, requireNotRefused, waitOut } from '../../guard/index.js';
import type { Verdict } from '../../guard/model/types.js';
import { type PlanList, planList } from '../../plan/file/codec.js';
import type { StorageTree } from '../../storage/port.js';
import { pendingRecovery } from '../../sweep/index.js';
import { RegsweepError } from '../../util/errors.js';
import { sha256 } from '../../util/sha256.js';
import { approvalsOfChange } from '../approval/approvals.js';
import { AGREED, type Context, endIfInterrupted, type Finished } from '../context.js';
import { guardSettings } from '../guard-settings.js';
import { NoChange, planAgain, planAndAsk } from '../plan/approve-plan.js';
import type { ChangeRequest, Prepared } from '../plan/prepare/prepared.js';
import { purgeInSession } from '../quarantine/purge.js';
import { recordSweep } from '../records/history-record.js';
import { readOptions } from '../scan/scan.js';
import { refuseHarbor } from '../select/metadata-owner.js';
import {
  type CacheRequirement,
  cacheNotes,
  cacheRequirement,
  requireFlush,
  requireKnownCache,
  requireReachable,
} from '../session/cache-invalidation.js';
import { requireCurable, withDowntime } from '../session/downtime.js';
import { type Session, withSession } from '../session/session.js';
import { tellPurged, wouldPurge } from './purge-before.js';
import { changeCleared } from './run-under-clearance.js';
import { type CompletedChange, changeReport, type Outcome } from './sweep-report.js';

/** What was written so shortly before a look may be written again within the same tick. */
const COARSEST_TIMES_MS = 2000;

/** @throws RegsweepError where nothing was changed */
export async function change(
  context: Context,
  tree: StorageTree,
  asked: ChangeRequest,
): Promise<Finished> {
  context.confirm.require();
  const approvals = await approvalsOfChange(context, asked);
  const request = { ...asked, approvals };
  const stops = context.options.stopCommand !== undefined;
  const verdict = await inspect(tree, guardSettings(context.options));
  refuseHarbor(verdict, request.selection);
  if (stops) requireCurable(tree, verdict);
  else {
    requireNotRefused(tree, verdict);
    requireNoCachingRegistry(verdict, request);
  }
  const duty = cacheRequirement(context, verdict);
  if (!request.quarantine) requireKnownCache(duty, '--delete');
  if (!request.quarantine) requireFlush(duty);
  await requireReachable(duty);
  const work = (session: Session): Promise<Finished> => {
    const { keepDigests, keepNames, ...selection } = request.selection;
    const kept = { keepDigests: keepDigests.length, keepNames: keepNames.length };
    session.audit.append({ event: 'options', ...selection, ...kept });
    for (const approval of approvals) {
      session.audit.append({ event: 'approval', plan: request.source?.file.sha256, ...approval });
    }
    if (wouldPurge(context, session.state, verdict)?.amount.runs) {
      requireKnownCache(duty, '--purge-older-than');
    }
    return stops
      ? changeInDowntime(context, session, request, duty)
      : changeAtOnce(context, session, withoutUploads(request, verdict), duty);
  };
  return withSession(context, tree, work, stops);
}

async function changeAtOnce(
  context: Context,
  session: Session,
  request: ChangeRequest,
  duty: CacheRequirement,
): Promise<Finished> {
  const prepare = () => planAndAsk(context, session, request);
  const changed = await changeCleared(context, session, request, duty, prepare);
  return finish(context, session, request, changed, cacheNotes(duty, false));
}

async function changeInDowntime(
  context: Context,
  session: Session,
  request: ChangeRequest,
  duty: CacheRequirement,
): Promise<Finished> {
  const scan = openScan(session.tree, readOptions(context, request.selection));
  try {
    return await changeWith(scan, context, session, request, duty);
  } finally {
    await scan.close();
  }
}

/** @param scan what the look before the stop made warm is warm for the one after it */
async function changeWith(
  scan: Pool,
  context: Context,
  session: Session,
  request: ChangeRequest,
  duty: CacheRequirement,
): Promise<Finished> {
  const { concurrency, quietWindowMs } = guardSettings(context.options);
  const earlier = await fingerprint(session.tree, concurrency, {
    signal: context.signal,
    sinceMs: Date.now() - COARSEST_TIMES_MS,
  });
  const agreed = await agreedTo(context, session, { ...request, scan });
  if (agreed instanceof NoChange) {
    endIfInterrupted(context);
    const outcome: Outcome = { ended: agreed.state, tree: session.tree };
    return finish(context, session, request, { outcome, notes: [], error: undefined }, []);
  }
  const { prepared, file } = agreed;
  const after = { ...request, file, agreed: prepared, scan, earlier };
  // While the registry still serves, so that the look after the stop need not wait.
  await waitOut(quietWindowMs, earlier, context.signal);
  const { work, downtimeMs, startError } = await withDowntime(context, session, (verdict) =>
    changeStopped(context, session, after, prepared, duty, verdict),
  );
  if ('error' in work) throw startError === undefined ? work.error : both(startError, work.error);
  const restarted = downtimeMs !== undefined && context.options.startCommand !== undefined;
  const error = startError ?? work.value.error;
  const notes = [...work.value.notes, ...(startError === undefined ? [] : [startError.message])];
  const changed = { ...work.value, notes, error };
  const caches = cacheNotes(duty, restarted);
  return finish(context, session, request, changed, caches, downtimeMs);
}

/** What was shown and agreed to: nothing else may go, however the tree looks after the stop. */
async function agreedTo(
  context: Context,
  session: Session,
  request: ChangeRequest,
): Promise<{ prepared: Prepared; file: PlanList } | NoChange> {
  try {
    const prepared = await planAndAsk(context, session, request);
    const { header, totals, actions } = prepared;
    return { prepared, file: planList(header, totals, actions, sha256) };
  } catch (error) {
    if (error instanceof NoChange) return error;
    throw error;
  }
}

/** @param agreed holds as it is where the tree is the same and nothing of the request changed */
async function changeStopped(
  context: Context,
  session: Session,
  request: ChangeRequest,
  agreed: Prepared,
  duty: CacheRequirement,
  verdict: Verdict,
): Promise<CompletedChange> {
  requireNoCachingRegistry(verdict, request);
  const isPending = pendingRecovery(session.state).length > 0;
  session.settle();
  if (request.purgeOlderThan !== undefined) {
    const agreed = { ...context, confirm: AGREED };
    const choice = { run: [], minAge: request.purgeOlderThan };
    tellPurged(context, await purgeInSession(agreed, session, verdict, choice));
  }
  const isSameTrash = !isPending && request.purgeOlderThan === undefined;
  const { earlier, ...fitting } = { ...withoutUploads(request, verdict), isSameTrash };
  const mayHold = isSameTrash && fitting.selection === request.selection;
  const narrowed = mayHold && earlier !== undefined ? { ...fitting, earlier } : fitting;
  const prepare = async (isSame: boolean): Promise<Prepared> => {
    if (!isSame) return planAgain(context, session, narrowed);
    context.log.note('the tree has not changed since the scan; the plan is applied as shown');
    return agreed;
  };
  return changeCleared(context, session, narrowed, duty, prepare);
}

/** A registry that stays down is the worse of the two. */
function both(startError: RegsweepError, error: unknown): RegsweepError {
  const { message, remedy } = startError;
  return new RegsweepError('failed', `${message}\n  before that: ${(error as Error).message}`, {
    cause: error,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** What can wait until the registry is up again. */
async function finish(
  context: Context,
  { state }: Session,
  request: ChangeRequest,
  { outcome, notes, error }: CompletedChange,
  caches: readonly string[],
  downtimeMs?: number,
): Promise<Finished> {
  if ('result' in outcome) recordSweep(context, state, outcome.prepared, outcome.result);
  const cacheLines = 'result' in outcome ? caches : [];
  const report = changeReport(context, request, outcome, [...notes, ...cacheLines], downtimeMs);
  return { report: { kind: 'change', ...report }, error };
}

/**
 * A registry that lives remembers blobs: it would accept a push that needs one which is gone
 * for good. From quarantine such a blob still comes back.
 */
function requireNoCachingRegistry(
  { registries, state }: Verdict,
  { quarantine }: ChangeRequest,
): void {
  if (quarantine) return;
  const [first] = registries;
  if (first === undefined && state !== 'read-only-remote') return;
  const who = first === undefined ? 'a registry elsewhere' : `registry process ${first.pid}`;
  throw new RegsweepError(
    'guard-refused',
    `--delete: ${who} is alive and remembers the blobs that it has seen`,
    { remedy: 'stop it first, or sweep without --delete and purge after it was restarted' },
  );
}

/** Uploads belong to a registry that is merely read-only. */
function withoutUploads(request: ChangeRequest, { state }: Verdict): ChangeRequest {
  if (state === 'stopped') return request;
  const { selection } = request;
  const kinds = selection.kinds.filter((kind) => kind !== 'upload');
  return { ...request, selection: { ...selection, kinds, keepUploads: true } };
}
