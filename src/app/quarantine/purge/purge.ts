/** `trash purge`: permanently deletes quarantined runs, except items that are needed again. */

import type { Clearance, Verdict } from '../../../guard/model/types.js';
import type { OutcomeReport } from '../../../report/model/model.js';
import { count } from '../../../report/style.js';
import type { StorageTree } from '../../../storage/port.js';
import {
  type Conflict,
  listRuns,
  type PurgeResult,
  purgeItems,
  type RunSummary,
  restoreItems,
  type SweepState,
  type TrashItem,
  trashItemsOf,
} from '../../../sweep/index.js';
import { usageError } from '../../../util/errors.js';
import { approvalsOfPurge, approvalsShown } from '../../approval/approvals.js';
import { type Context, type Finished, treeOf } from '../../context.js';
import { sameFilesystem } from '../../plan/file/plan-file.js';
import { recordFlush } from '../../records/redis-flushes.js';
import { flushRedis } from '../../session/cache-invalidation.js';
import { changingRun, runInSession } from '../../session/changing-run.js';
import type { Session } from '../../session/session.js';
import type { PurgeChoice } from '../choose-runs.js';
import {
  emptyReport,
  type FinishedOutcome,
  problemRow,
  type TrashOutcome,
  type TrashWork,
  trashWork,
} from '../outcome.js';
import { repositoriesInTrash } from '../repositories.js';
import { amountOf } from '../sizes.js';
import { keyOf, type Sorted, stillOut } from './classify-items.js';
import { watchSpace } from './gained-space.js';
import { type PurgePlan, planPurge } from './plan-purge.js';
import { purgeAge, purgeFileOf } from './purge-file.js';

/** @throws RegsweepError if nothing was changed */
export async function purgeQuarantine(context: Context): Promise<Finished> {
  const { run, repo, exclude } = context.options;
  if (repo.length + exclude.length > 0) {
    throw usageError(
      '--repo, --exclude: purge deletes complete runs',
      'name the runs with --run; regsweep trash list --repo GLOB lists them',
    );
  }
  const tree = await treeOf(context);
  const file = await purgeFileOf(context);
  if (file !== undefined) sameFilesystem(file, tree);
  const choice = { run, minAge: purgeAge(context), ...(file === undefined ? {} : { file }) };
  return purgeRuns(context, tree, choice);
}

export async function purgeRuns(
  context: Context,
  tree: StorageTree,
  choice: PurgeChoice,
): Promise<FinishedOutcome> {
  return changingRun(context, tree, await purgeWork(context, tree, choice));
}

/** @param verdict the guard's verdict, which is not a refusal */
export async function purgeInSession(
  context: Context,
  session: Session,
  verdict: Verdict,
  choice: PurgeChoice,
): Promise<FinishedOutcome> {
  const work = await purgeWork(context, session.tree, choice);
  return runInSession(context, session, work, verdict);
}

/** @throws RegsweepError if the settings require an approval and there is none */
async function purgeWork(
  context: Context,
  tree: StorageTree,
  choice: PurgeChoice,
): Promise<TrashWork<PurgePlan>> {
  const { dryRun } = context.options;
  const { approvals, refused } = await approvalsShown(() => approvalsOfPurge(context, choice.file));
  if (!dryRun) for (const refusal of refused) throw refusal;
  const approved = approvals.length > 0 ? { approvals } : {};
  const work: Parameters<typeof trashWork<PurgePlan>>[1] = {
    plan: (session, { verdict, seen }) => planPurge(context, session, verdict, choice, seen),
    isEmpty: ({ runs }) => runs.length === 0,
    question: (_, { runs }) => ({
      kind: 'purge',
      root: tree.rootDirectory,
      runs: runs.length,
      diskBytes: runs.reduce((sum, run) => sum + run.diskBytes, 0),
      folderDiskBytes: runs.reduce((sum, run) => sum + run.folderDiskBytes, 0),
    }),
    execute: async (session, clearance, plan) => {
      for (const approval of approvals) {
        session.audit.append({ event: 'approval', plan: choice.file?.sha256, ...approval });
      }
      const { report, error } = await executePurge(context, session, clearance, plan);
      return { report: { ...report, ...approved }, error };
    },
  };
  return trashWork(context, work, ({ state }, { runs, sorted, stale, notes }) => ({
    ...emptyReport(context, tree),
    ...approved,
    ...(dryRun
      ? { dryRun: true, runs: runs.length, ...amountOf(state, going(state, runs, sorted)) }
      : {}),
    problems: stale.map(problemRow),
    notes: [
      ...notes,
      ...refused.map(({ message }) => `a run would be refused now: ${message}`),
      ...(runs.length > 0 ? [`${count(runs.length, 'run')} would be purged`] : []),
    ],
  }));
}

function* going(
  state: SweepState,
  runs: readonly RunSummary[],
  { back, keep }: Sorted,
): Generator<TrashItem> {
  const returning = new Set(
    back
      .filter(({ item, path }) => item.path === path)
      .map(({ item }) => keyOf(item.path, item.runId)),
  );
  for (const { runId } of runs) {
    for (const item of trashItemsOf(state, runId)) {
      const key = keyOf(item.path, runId);
      if (!keep.has(key) && !returning.has(key)) yield item;
    }
  }
}

async function executePurge(
  context: Context,
  session: Session,
  clearance: Clearance,
  plan: PurgePlan,
): Promise<TrashOutcome> {
  const { tree, state, audit } = session;
  const base = { tree, clearance, state, audit, signal: context.signal };
  const notes = [...plan.notes, ...(await flush(context, session, plan))];
  const paths = new Set(plan.sorted.back.map(({ path }) => path));
  const back =
    paths.size === 0 ? undefined : await restoreItems({ ...base, select: { paths, apart: true } });
  if (back?.error !== undefined) return { report: emptyReport(context, tree), error: back.error };
  const out = stillOut(session, plan.sorted);
  if (paths.size > 0) notes.push(`${count(paths.size, 'item')} restored: referenced again`);
  const left = new Set(listRuns(state).map(({ runId }) => runId));
  const runs = plan.runs.map(({ runId }) => runId).filter((id) => left.has(id));
  const total = plan.runs.reduce((sum, { items }) => sum + items, 0);
  const gained = watchSpace(context, tree);
  const result = await purgeItems({
    ...base,
    runs,
    keep: (path, runId) => {
      const key = keyOf(path, runId);
      return plan.sorted.keep.has(key) || out.has(key);
    },
    onProgress: (done) => context.progress.update({ stage: 'purged', done, total }),
  });
  const conflicts = [
    ...plan.stale,
    ...(back?.conflicts.samples ?? []),
    ...result.conflicts.samples,
  ];
  const gain = gained(result.freedBytes, result.folderBytes);
  const report = reportOf(context, tree, result, conflicts, [...notes, ...gain.notes]);
  const { filesystemBytes } = gain;
  return { report: { ...report, filesystemBytes, runs: runs.length }, error: result.error };
}

/** The keys are deleted from Redis before the first item is deleted. */
async function flush(
  context: Context,
  { state }: Session,
  { runs, caches, repositories }: PurgePlan,
): Promise<string[]> {
  if (caches.flush === undefined) return [];
  const ids = runs.map(({ runId }) => runId);
  const items = function* (): Generator<TrashItem> {
    for (const id of ids) yield* trashItemsOf(state, id);
  };
  const names = [...repositories, ...repositoriesInTrash(state, ids)];
  const note = await flushRedis(caches.flush, items, names);
  await recordFlush(context, state, ids, true);
  return [note];
}

function reportOf(
  context: Context,
  tree: StorageTree,
  result: PurgeResult,
  conflicts: readonly Conflict[],
  notes: readonly string[],
): OutcomeReport {
  return {
    ...emptyReport(context, tree),
    state: result.state === 'done' && conflicts.length > 0 ? 'partial' : result.state,
    items: Object.values(result.purged).reduce((sum, number) => sum + number, 0),
    bytes: result.bytes,
    diskBytes: result.freedBytes,
    folderDiskBytes: result.folderBytes,
    problems: conflicts.map(problemRow),
    notes: result.kept > 0 ? [...notes, `${count(result.kept, 'item')} kept: still needed`] : notes,
  };
}
