/** `trash restore`: whole runs, or single images, with all that they need from other runs. */

import type { Clearance } from '../../../guard/model/types.js';
import type { OutcomeReport } from '../../../report/model/model.js';
import { DiskReader } from '../../../storage/disk-reader.js';
import { blobPath } from '../../../storage/layout.js';
import { printable } from '../../../storage/names.js';
import {
  type Conflict,
  damageOf,
  hasNoJournal,
  isUsable,
  listRuns,
  type RestoreResult,
  restoreItems,
  runIds,
  salvageable,
  type TrashItem,
  trashItemsOf,
} from '../../../sweep/index.js';
import { RegsweepError, usageError } from '../../../util/errors.js';
import { repositoryMatcher } from '../../../util/pattern/glob-list.js';
import { type Context, type Finished, treeOf } from '../../context.js';
import { factsWithTrash } from '../../references/merged-facts.js';
import { tellUnmatched } from '../../scan/unmatched-globs.js';
import { changingRun } from '../../session/changing-run.js';
import type { Session } from '../../session/session.js';
import { ageOf, requireRuns } from '../choose-runs.js';
import { emptyReport, problemRow, type TrashOutcome, trashWork } from '../outcome.js';
import { amountOf, READING_QUARANTINE } from '../sizes.js';
import { WantedPaths } from './restore-set.js';

interface RestorePlan {
  /** Whole runs, the newest first. */
  readonly runs: readonly string[];
  /** Single items, and what the runs need from elsewhere. */
  readonly paths: readonly string[];
  /** What is not to be found anywhere. */
  readonly missing: readonly string[];
  /** Blobs and layer links that are not to be found either, without which no pull succeeds. */
  readonly lost: readonly string[];
  readonly items: number;
  /** References that are neither in the tree nor in quarantine. */
  readonly unknown: readonly string[];
  /** Something was asked for, or lies in quarantine: to restore nothing is not all of it. */
  readonly expected: boolean;
}

/** @throws RegsweepError where nothing was changed */
export async function restoreQuarantine(context: Context): Promise<Finished> {
  const tree = await treeOf(context);
  const { rootDirectory: root } = tree;
  const work = trashWork<RestorePlan>(
    context,
    {
      plan: (session) => planRestore(context, session),
      isEmpty: ({ items }) => items === 0,
      question: (_, { items }) => ({ kind: 'restore', root, items }),
      execute: (session, clearance, plan) => executeRestore(context, session, clearance, plan),
    },
    (session, plan) => nothingRestored(context, session, plan),
  );
  return changingRun(context, tree, work);
}

async function planRestore(context: Context, session: Session): Promise<RestorePlan> {
  const { tree, state } = session;
  const { run, ref } = context.options;
  if (run.length > 0 && ref.length > 0) throw usageError('--run and --ref do not go together');
  const globs = [...context.options.repo, ...context.options.exclude];
  if (globs.length > 0 && ref.length > 0) {
    throw usageError('--repo and --ref do not go together', 'name the repository in --ref itself');
  }
  const olderThan = context.options.olderThan;
  if (olderThan !== undefined && ref.length > 0) {
    throw usageError('--older-than and --ref do not go together', 'name runs with --run');
  }
  const chosen = ref.length > 0 ? [] : chosenRuns(session, run);
  const runs = olderThan === undefined ? chosen : olderIn(context, session, chosen, olderThan);
  const facts = await factsWithTrash(context, tree, state, new Set(runIds(state)));
  context.progress.update({ stage: READING_QUARANTINE });
  const wanted = new WantedPaths(facts, new DiskReader(tree.v2));
  if (globs.length > 0) return restoreOf(context, session, runs, wanted);
  const unknown = ref.filter((text) => !isFound(wanted, text));
  const own = new Set<string>();
  for (const id of runs) {
    for (const { path } of itemsOf(session, id)) own.add(path);
    wanted.addNeedsOf(itemsOf(session, id));
  }
  const paths = [...wanted.paths].filter((path) => !own.has(path));
  const items = own.size + paths.length;
  const expected = ref.length === 0 && (run.length > 0 || runIds(state).length > 0);
  return { runs, paths, ...notFound(wanted), items, unknown, expected };
}

function isFound(wanted: WantedPaths, text: string): boolean {
  try {
    wanted.addReference(text);
    return true;
  } catch (error) {
    if (error instanceof RegsweepError && error.code === 'failed') return false;
    throw error;
  }
}

/** Items of some repositories only, with the blobs that these need. */
function restoreOf(
  context: Context,
  session: Session,
  runs: readonly string[],
  wanted: WantedPaths,
): RestorePlan {
  const inScope = repositoryMatcher(context.options.repo, context.options.exclude);
  const paths = new Set<string>();
  const names = new Set<string>();
  for (const id of runs) {
    const items = [...itemsOf(session, id)];
    for (const { repository } of items) if (repository !== undefined) names.add(repository);
    const own = items.filter(({ repository }) => repository !== undefined && inScope(repository));
    for (const { path } of own) paths.add(path);
    wanted.addNeedsOf(own);
    wanted.addLinked(own);
  }
  tellUnmatched(context, [...names]);
  for (const path of wanted.paths) paths.add(path);
  return {
    runs: [],
    paths: [...paths],
    ...notFound(wanted),
    items: paths.size,
    unknown: [],
    expected: true,
  };
}

const notFound = ({ missing, lost }: WantedPaths) => ({
  missing: [...missing].filter((digest) => !lost.has(blobPath(digest))).sort(),
  lost: [...lost].sort(),
});

function chosenRuns({ state }: Session, named: readonly string[]): string[] {
  const known = runIds(state);
  requireRuns(named, known);
  // A run whose journal is damaged comes back only when it is asked for by name.
  if (named.length === 0) return known.filter((id) => damageOf(state, id) === undefined);
  return known.filter((id) => named.includes(id));
}

function olderIn(
  { startedAtMs }: Context,
  { state }: Session,
  runs: readonly string[],
  olderThan: number,
): string[] {
  const old = listRuns(state).filter((run) => ageOf(run, startedAtMs) >= olderThan);
  return runs.filter((id) => old.some(({ runId }) => runId === id));
}

/** No journal tells what lies in its trash: its paths do. */
const isByPath = ({ state }: Session, id: string): boolean =>
  damageOf(state, id) !== undefined || hasNoJournal(state, id) || !isUsable(state, id);

function itemsOf(session: Session, id: string): Iterable<TrashItem> {
  const { state } = session;
  return isByPath(session, id) ? salvageable(state, id) : trashItemsOf(state, id);
}

/** What would come back, each path once: of several, the newest run's. */
function* itemsOfPlan(session: Session, plan: RestorePlan): Generator<TrashItem> {
  const wanted = new Set(plan.paths);
  for (const id of runIds(session.state)) {
    const isWhole = plan.runs.includes(id);
    if (!isWhole && damageOf(session.state, id) !== undefined) continue;
    for (const item of itemsOf(session, id)) if (wanted.delete(item.path) || isWhole) yield item;
  }
}

/** All at once: nothing arrives before what it refers to, whichever run has that. */
async function executeRestore(
  context: Context,
  session: Session,
  clearance: Clearance,
  plan: RestorePlan,
): Promise<TrashOutcome> {
  const { tree, state, audit } = session;
  const salvage = plan.runs.filter((id) => isByPath(session, id));
  const runs = plan.runs.filter((id) => !salvage.includes(id));
  const damaged = salvage.filter((id) => damageOf(state, id)?.code === 'failed');
  const base = { tree, clearance, state, audit, signal: context.signal };
  const result = await restoreItems({
    ...base,
    select: { runs, salvage, paths: plan.paths },
    onProgress: (done) =>
      context.progress.update({ stage: 'restored', done, total: Math.max(done, plan.items) }),
  });
  context.progress.stop();
  const notes = damaged.map((id) => leftBy(session, id));
  return { report: reportOf(context, session, plan, result, notes), error: result.error };
}

const leftBy = ({ state }: Session, runId: string): string =>
  `run ${runId} was put back by what lay in its trash; its folder stays, ` +
  `remove it yourself once nothing in it is wanted: ${printable(state.runFolder(runId))}`;

function reportOf(
  context: Context,
  { tree }: Session,
  plan: RestorePlan,
  result: RestoreResult,
  notes: readonly string[],
): OutcomeReport {
  const problems = [...result.conflicts.samples, ...lostIn(plan)];
  const items = Object.values(result.restored).reduce((sum, number) => sum + number, 0);
  const isShort = problems.length > 0 || items === 0 || plan.unknown.length > 0;
  return {
    ...emptyReport(context, tree),
    state: result.error !== undefined ? result.state : isShort ? 'partial' : 'done',
    items,
    bytes: result.bytes,
    diskBytes: result.diskBytes,
    problems: problems.map(problemRow),
    notes: [...absenceNotes(plan), ...notes],
  };
}

/** Nothing was asked for, somebody said no, or it was a dry run: then with what would come back. */
function nothingRestored(context: Context, session: Session, plan: RestorePlan): OutcomeReport {
  const { dryRun } = context.options;
  const isEmpty = plan.items === 0;
  const told = isEmpty ? nothingTold(plan) : `${plan.items} items would come back`;
  return {
    ...emptyReport(context, session.tree),
    state: (isEmpty || dryRun) && isShort(plan) ? 'partial' : 'done',
    ...(dryRun ? amountOf(session.state, itemsOfPlan(session, plan)) : {}),
    ...(dryRun ? { dryRun: true } : {}),
    problems: lostIn(plan).map(problemRow),
    notes: [told, ...absenceNotes(plan)],
  };
}

/** Less comes back than was asked for. */
const isShort = ({ lost, unknown, items, expected }: RestorePlan): boolean =>
  lost.length > 0 || unknown.length > 0 || (items === 0 && expected);

function nothingTold({ expected, unknown }: RestorePlan): string {
  if (expected) return 'nothing was restored: nothing of what was asked for lies in quarantine';
  return unknown.length > 0
    ? 'nothing was restored'
    : 'nothing to do: nothing of it lacks in the tree';
}

const lostIn = ({ lost }: RestorePlan): Conflict[] =>
  lost.map((path) => ({
    path,
    reason: 'is missing from both the tree and the quarantine: its image can not be pulled',
  }));

const absenceNotes = (plan: RestorePlan): string[] => [
  ...plan.unknown.map((text) => `${text} is missing from both the tree and the quarantine`),
  ...plan.missing.map((digest) => `${digest} is missing from both the tree and the quarantine`),
];
