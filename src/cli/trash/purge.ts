/** `trash purge`: ends quarantined runs for good, but nothing that is needed again. */

import { RegsweepError } from '../../errors.js';
import { FINDINGS } from '../../facts/findings.js';
import type { Facts } from '../../facts/types.js';
import { unmountedPaths } from '../../guard/index.js';
import type { Clearance, Verdict } from '../../guard/types.js';
import type { OutcomeReport } from '../../report/model.js';
import { jsonName, rawPath } from '../../report/names.js';
import { size } from '../../report/style.js';
import { parseDigest } from '../../storage/digest.js';
import { DiskReader } from '../../storage/disk.js';
import { blobDataPath } from '../../storage/layout.js';
import { printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import {
  listRuns,
  type PurgeResult,
  purge,
  type RunSummary,
  restore,
  type SweepState,
  type TrashItem,
  trashItemsOf,
} from '../../sweep/index.js';
import { recordFlush } from '../cache-record.js';
import { flushRedis } from '../caches.js';
import type { Context } from '../context.js';
import type { Session } from '../session.js';
import { amountOf } from './amounts.js';
import { chooseRuns, type PurgeChoice } from './choice.js';
import { type Needed, neededExactly } from './needed.js';
import { type Done, type TrashWork, trashCommand, trashInSession } from './outcome.js';
import { type PurgeCaches, requireForgotten } from './remembered.js';
import { repositoriesInTrash } from './repositories.js';
import { sameFile } from './same-file.js';
import { factsWithTrash } from './view.js';

interface PurgePlan {
  readonly runs: readonly RunSummary[];
  /** Referenced again: these come back. */
  readonly back: readonly string[];
  /** A kept run needs them, or they are not what lies in the tree under the same digest. */
  readonly keep: ReadonlySet<string>;
  readonly caches: PurgeCaches;
  readonly repositories: readonly string[];
  readonly notes: readonly string[];
}

export async function purgeRuns(
  context: Context,
  tree: StorageTree,
  choice: PurgeChoice,
): Promise<Done> {
  return trashCommand(context, tree, purgeWork(context, tree, choice));
}

/** @param verdict of the guard, which doesn't refuse */
export async function purgeInSession(
  context: Context,
  session: Session,
  verdict: Verdict,
  choice: PurgeChoice,
): Promise<Done> {
  return trashInSession(context, session, verdict, purgeWork(context, session.tree, choice));
}

function purgeWork(context: Context, tree: StorageTree, choice: PurgeChoice): TrashWork<PurgePlan> {
  return {
    plan: (session, verdict) => planPurge(context, session, verdict, choice),
    question: ({ runs }) => {
      const freed = runs.reduce((sum, { diskBytes }) => sum + diskBytes, 0);
      if (runs.length === 0) return undefined;
      return `Delete ${runs.length} quarantined runs for good, ${size(freed)} on disk?`;
    },
    carryOut: (session, clearance, plan) => carryOut(context, session, clearance, plan),
    nothing: ({ state }, { runs, back, keep, notes }) => ({
      ...emptyReport(context, tree),
      ...(context.settings.dryRun
        ? {
            dryRun: true,
            runs: runs.length,
            ...amountOf(state, going(state, runs, new Set([...back, ...keep]))),
          }
        : {}),
      notes: [
        ...notes,
        `nothing was changed${runs.length > 0 ? `; ${runs.length} runs would go` : ''}`,
      ],
    }),
  };
}

function* going(
  state: SweepState,
  runs: readonly RunSummary[],
  stays: ReadonlySet<string>,
): Generator<TrashItem> {
  for (const { runId } of runs) {
    for (const item of trashItemsOf(state, runId)) if (!stays.has(item.path)) yield item;
  }
}

async function planPurge(
  context: Context,
  session: Session,
  verdict: Verdict,
  choice: PurgeChoice,
): Promise<PurgePlan> {
  const { state, tree } = session;
  const all = listRuns(state);
  const { runs, notes } = chooseRuns(all, choice, verdict, context.startedAtMs);
  if (runs.length === 0) {
    return {
      runs,
      back: [],
      keep: new Set(),
      caches: { flush: undefined },
      repositories: [],
      notes,
    };
  }
  const caches = await requireForgotten(context, session, runs, verdict);
  const facts = await factsWithTrash(context, tree, state, new Set());
  requireWholeView(tree, facts);
  const going = new Set(runs.map(({ runId }) => runId));
  const kept = new Set(all.map(({ runId }) => runId).filter((id) => !going.has(id)));
  const byTree = neededExactly(facts);
  const byKept: Needed =
    kept.size === 0 ? () => false : neededExactly(await factsWithTrash(context, tree, state, kept));
  const repositories = facts.repositories.map(({ name }) => name);
  return { runs, ...sort(session, runs, byTree, byKept), caches, repositories, notes };
}

/** What comes back, what stays in quarantine; all else ends. */
function sort(
  session: Session,
  runs: readonly RunSummary[],
  byTree: Needed,
  byKept: Needed,
): Pick<PurgePlan, 'back' | 'keep'> {
  const { state, tree } = session;
  const reader = new DiskReader(tree.v2);
  const back = new Set<string>();
  const keep = new Set<string>();
  for (const { runId } of runs) {
    for (const item of trashItemsOf(state, runId)) {
      const inTree = reader.lstat(item.path) !== undefined;
      if (inTree && differs(session, item)) keep.add(item.path);
      else if (!inTree && byTree(item)) back.add(item.path);
      else if (!inTree && byKept(item)) keep.add(item.path);
    }
  }
  return { back: [...back], keep };
}

/** A blob that lies in both places and isn't the same: one of them is damaged, nobody knows which. */
function differs({ state, tree }: Session, item: TrashItem): boolean {
  const digest = item.kind === 'blob' ? parseDigest(item.digest ?? '') : undefined;
  if (digest === undefined) return false;
  const path = blobDataPath(digest);
  return !sameFile(`${tree.v2}/${path}`, `${state.trashPath(item.runId)}/${path}`);
}

/** @throws RegsweepError `facts-refused` where references may not have been seen */
function requireWholeView(tree: StorageTree, { findings, repositories }: Facts): void {
  const [unsafe] = findings.unsafe();
  if (unsafe !== undefined) {
    const { message, remedy } = FINDINGS[unsafe.code];
    throw new RegsweepError('facts-refused', `${printable(unsafe.path)}: ${message}`, {
      path: unsafe.path,
      remedy,
    });
  }
  const [unmounted] = unmountedPaths(tree);
  if (unmounted !== undefined) {
    throw new RegsweepError('facts-refused', `${unmounted} should be mounted and is not`, {
      path: unmounted,
      remedy: `mount ${unmounted}`,
    });
  }
  if (!repositories.some(({ revisions }) => revisions.node.length > 0)) {
    throw new RegsweepError('facts-refused', 'there is not one manifest in the tree', {
      path: tree.v2,
      remedy: 'check that the whole tree is mounted and that this is the right one',
    });
  }
}

async function carryOut(
  context: Context,
  session: Session,
  clearance: Clearance,
  plan: PurgePlan,
): Promise<Done> {
  const { tree, state, audit } = session;
  const base = { tree, clearance, state, audit, signal: context.signal };
  const notes = [...plan.notes, ...(await flush(session, plan))];
  if (plan.back.length > 0) {
    const result = await restore({ ...base, select: { paths: plan.back } });
    notes.push(`${plan.back.length} items are referenced again and were put back`);
    if (result.error !== undefined)
      return { report: emptyReport(context, tree), error: result.error };
  }
  const left = new Set(listRuns(state).map(({ runId }) => runId));
  const runs = plan.runs.map(({ runId }) => runId).filter((id) => left.has(id));
  const back = new Set(plan.back);
  const result = await purge({
    ...base,
    runs,
    keep: (path) => plan.keep.has(path) || back.has(path),
    onProgress: (done) => context.progress.update({ stage: 'purged', done }),
  });
  const report = reportOf(context, tree, result, notes);
  return { report: { ...report, runs: runs.length }, error: result.error };
}

/** Redis forgets what lies in the runs before any of it ends. */
async function flush(
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
  await recordFlush(state, ids, true);
  return [note];
}

function reportOf(
  context: Context,
  tree: StorageTree,
  result: PurgeResult,
  notes: readonly string[],
): OutcomeReport {
  return {
    ...emptyReport(context, tree),
    state: result.state,
    items: Object.values(result.purged).reduce((sum, number) => sum + number, 0),
    bytes: result.bytes,
    diskBytes: result.freedBytes,
    problems: result.conflicts.samples.map(({ path, reason }) => ({
      path: jsonName(path),
      ...rawPath(path),
      reason,
    })),
    notes: result.kept > 0 ? [...notes, `${result.kept} items stay: they are needed`] : notes,
  };
}

const emptyReport = (context: Context, tree: StorageTree): OutcomeReport => ({
  schemaVersion: 1,
  root: tree.rootDirectory,
  command: context.command,
  state: 'done',
  items: 0,
  bytes: 0,
  diskBytes: 0,
  problems: [],
  notes: [],
});
