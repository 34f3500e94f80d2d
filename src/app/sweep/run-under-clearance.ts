/** Under a clearance: the plan, its execution, and what the registry's cache has to forget. */

import { setTimeout as sleep } from 'node:timers/promises';
import { clear } from '../../guard/index.js';
import type { Clearance } from '../../guard/model/types.js';
import type { SweepResult } from '../../sweep/index.js';
import { trashItemsOf } from '../../sweep/index.js';
import { RegsweepError } from '../../util/errors.js';
import { type Context, endIfInterrupted } from '../context.js';
import { guardSettings } from '../guard-settings.js';
import { NoChange } from '../plan/approve-plan.js';
import { executePlan, newRunId } from '../plan/execute-plan.js';
import type { ChangeRequest, Prepared } from '../plan/prepare/prepared.js';
import { watchSpace } from '../quarantine/gained-space.js';
import { recordSize } from '../records/last-size.js';
import { recordFlush } from '../records/redis-flushes.js';
import { recordSubjects } from '../records/removed-subjects.js';
import { type CacheRequirement, flushRedis } from '../session/cache-invalidation.js';
import { type Session, tellBystanders, tellQuietWindow } from '../session/session.js';
import type { CompletedChange } from './sweep-report.js';

/** A read-only registry may have looked before the rename, and write what it saw after the flush. */
const LATE_ANSWERS_MS = 1000;

/**
 * @param prepare the plan to carry out, made within the guard's quiet window; it hears whether the
 *   tree is still as it was at `request.earlier`
 * @throws RegsweepError where nothing was changed
 */
export async function changeCleared(
  context: Context,
  session: Session,
  request: ChangeRequest,
  duty: CacheRequirement,
  prepare: (isSame: boolean) => Promise<Prepared>,
): Promise<CompletedChange> {
  const { tree } = session;
  let cleared: { clearance: Clearance; value: Prepared };
  try {
    const settings = guardSettings(context.options);
    tellQuietWindow(context);
    cleared = await clear(tree, settings, prepare, context.signal, request.earlier);
  } catch (error) {
    if (!(error instanceof NoChange)) throw error;
    endIfInterrupted(context);
    return { outcome: { ended: error.state, tree }, notes: [], error: undefined };
  }
  const { clearance, value: prepared } = cleared;
  tellBystanders(context, session.audit, clearance.verdict.evidence);
  const runId = newRunId();
  const before = await forgetBefore(session, request, duty, prepared, runId);
  // Before anything goes: what a killed run took away must not look like a tree that shrank.
  await recordSize(session.state, prepared.facts, {
    repositories: prepared.actions.dead.size,
    manifests: prepared.totals.byKind.revision ?? 0,
  });
  recordSubjects(session.state, prepared.facts, prepared.actions);
  const gained = request.quarantine ? undefined : watchSpace(tree);
  const result = await executePlan(context, session, request, clearance, prepared, runId);
  const after = await forgetAfter(session, duty, cleared, result);
  const gain = gained?.(result.diskBytes, result.folderDiskBytes);
  const { filesystemBytes } = gain ?? {};
  return {
    outcome: {
      ...{ result, clearance, prepared, tree },
      ...(filesystemBytes === undefined ? {} : { filesystemBytes }),
    },
    notes: [...before, ...after.notes, ...(gain?.notes ?? [])],
    error: result.error ?? after.error,
  };
}

/** What ends for good is forgotten first; of what goes to quarantine it is noted that it has to be. */
async function forgetBefore(
  { state }: Session,
  { quarantine }: ChangeRequest,
  { descriptors, flush }: CacheRequirement,
  prepared: Prepared,
  runId: string,
): Promise<string[]> {
  if (quarantine) {
    if (descriptors === 'redis') await recordFlush(state, [runId], false);
    return [];
  }
  if (flush === undefined) return [];
  const note = await flushRedis(flush, () => prepared.actions, repositoriesOf(prepared));
  // Of a run that ends early everything is left in quarantine.
  await recordFlush(state, [runId], true);
  return [note];
}

/** The run is over: a Redis that fails now is told, and the run stays noted as remembered. */
async function forgetAfter(
  { state, audit }: Session,
  { flush }: CacheRequirement,
  { clearance, value: prepared }: { clearance: Clearance; value: Prepared },
  { runId, deleted, moved }: SweepResult,
): Promise<{ notes: string[]; error?: RegsweepError }> {
  const nothing = Object.values(moved).every((number) => number === 0);
  if (deleted || flush === undefined || nothing) return { notes: [] };
  try {
    const items = () => trashItemsOf(state, runId);
    const note = await flushRedis(flush, items, repositoriesOf(prepared));
    if (clearance.verdict.registries.length > 0) {
      await sleep(LATE_ANSWERS_MS);
      await flushRedis(flush, items, repositoriesOf(prepared));
    }
    await recordFlush(state, [runId], true);
    audit.append({ event: 'redis-flushed', run: runId, note });
    return { notes: [note] };
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error;
    const { message, remedy } = error;
    const told = `run ${runId} is in quarantine, but Redis still remembers it: ${message}`;
    const details = { cause: error, ...(remedy === undefined ? {} : { remedy }) };
    return { notes: [told], error: new RegsweepError('failed', told, details) };
  }
}

const repositoriesOf = ({ facts }: Prepared): string[] =>
  facts.repositories.map(({ name }) => name);
