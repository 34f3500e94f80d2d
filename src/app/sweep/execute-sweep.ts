/** Executes a cleared plan, and deletes the removed blobs from the registry's cache. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Clearance } from '../../guard/model/types.js';
import { type SweepResult, trashItemsOf } from '../../sweep/index.js';
import { RegsweepError } from '../../util/errors.js';
import type { Context } from '../context.js';
import type { ProposedPlan } from '../plan/approve-plan.js';
import { executePlan, newRunId } from '../plan/execute-plan.js';
import type { ChangeRequest, Prepared } from '../plan/prepare/prepared.js';
import { watchSpace } from '../quarantine/purge/gained-space.js';
import { recordSize } from '../records/last-size.js';
import { recordFlush } from '../records/redis-flushes.js';
import { recordSubjects } from '../records/removed-subjects.js';
import { type CacheRequirement, flushRedis } from '../session/cache-invalidation.js';
import type { Session } from '../session/session.js';
import type { CompletedChange } from './sweep-report.js';

/**
 * Delay of a second flush: a read-only registry may have read a blob before the rename, and cache
 * it after the first flush.
 */
const LATE_ANSWERS_MS = 1000;

export async function executeSweep(
  context: Context,
  session: Session,
  clearance: Clearance,
  { request, prepared }: ProposedPlan,
  caches: CacheRequirement,
): Promise<CompletedChange> {
  const { tree } = session;
  const runId = newRunId(context.now());
  const before = await forgetBefore(context, session, request, caches, prepared, runId);
  // Recorded before anything is removed, so that a killed run doesn't look like a tree that shrank.
  await recordSize(session.state, prepared.facts, {
    repositories: prepared.actions.dead.size,
    manifests: prepared.totals.byKind.revision ?? 0,
  });
  recordSubjects(session.state, prepared.facts, prepared.actions);
  const gained = request.quarantine ? undefined : watchSpace(context, tree);
  const result = await executePlan(context, session, request, clearance, prepared, runId);
  const after = await forgetAfter(context, session, caches, clearance, prepared, result);
  const gain = result.ended > 0 ? gained?.(result.diskBytes, result.folderDiskBytes) : undefined;
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

/**
 * Blobs that are deleted are removed from Redis first. For a run to quarantine, only a record is
 * written that its keys are due.
 */
async function forgetBefore(
  context: Context,
  { state }: Session,
  { quarantine }: ChangeRequest,
  { descriptors, flush }: CacheRequirement,
  prepared: Prepared,
  runId: string,
): Promise<string[]> {
  if (quarantine) {
    if (descriptors === 'redis') await recordFlush(context, state, [runId], false);
    return [];
  }
  if (flush === undefined) return [];
  const note = await flushRedis(flush, () => prepared.actions, repositoriesOf(prepared));
  // An interrupted run leaves everything in quarantine.
  await recordFlush(context, state, [runId], true);
  return [note];
}

/**
 * The run has succeeded. So an error of Redis is only a note, and the run stays recorded as due.
 */
async function forgetAfter(
  context: Context,
  { state, audit }: Session,
  { flush }: CacheRequirement,
  clearance: Clearance,
  prepared: Prepared,
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
    await recordFlush(context, state, [runId], true);
    audit.append({ event: 'redis-flushed', run: runId, note });
    return { notes: [note] };
  } catch (error) {
    if (!(error instanceof RegsweepError)) throw error;
    const { message, remedy } = error;
    const told = `run ${runId} is in quarantine, but its keys are still in Redis: ${message}`;
    const details = { cause: error, ...(remedy === undefined ? {} : { remedy }) };
    return { notes: [told], error: new RegsweepError('failed', told, details) };
  }
}

const repositoriesOf = ({ facts }: Prepared): string[] =>
  facts.repositories.map(({ name }) => name);
