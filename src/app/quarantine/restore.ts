/** `trash restore`: whole runs, or single images, with all that they need from other runs. */

import type { Clearance } from '../../guard/model/types.js';
import { jsonName, rawPath } from '../../report/build/names.js';
import type { OutcomeReport } from '../../report/model/model.js';
import { DiskReader } from '../../storage/disk.js';
import { blobPath } from '../../storage/layout.js';
import { printable } from '../../storage/names.js';
import {
  type Conflict,
  damageOf,
  isUsable,
  listRuns,
  type RestoreResult,
  restore,
  runIds,
  salvageable,
  type TrashItem,
  trashItemsOf,
} from '../../sweep/index.js';
import { type RegsweepError, usageError } from '../../util/errors.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import { type Context, type Finished, treeOf } from '../context.js';
import { factsWithTrash } from '../references/merged-facts.js';
import { tellUnmatched } from '../scan/unmatched-globs.js';
import { finishedOutcome, trashCommand } from '../session/guarded-operation.js';
import type { Session } from '../session/session.js';
import { ageOf, requireRuns } from './choose-runs.js';
import { WantedPaths } from './restore-set.js';
import { amountOf } from './sizes.js';

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
  /** Runs that were made with another state directory: they lie there, and can't be used. */
  readonly elsewhere: readonly string[];
}

/** @throws RegsweepError where nothing was changed */
export async function restoreQuarantine(context: Context): Promise<Finished> {
  const tree = await treeOf(context);
  const { rootDirectory: root } = tree;
  const done = await trashCommand<RestorePlan>(context, tree, {
    plan: (session) => planRestore(context, session),
    question: ({ items }) => (items === 0 ? undefined : { kind: 'restore', root, items }),
    carryOut: (session, clearance, plan) => carryOutRestore(context, session, clearance, plan),
    nothing: (session, plan) => nothingRestored(context, session, plan),
  });
  return finishedOutcome(done);
}

async function planRestore(context: Context, session: Session): Promise<RestorePlan> {
  const { tree, state } = session;
  const { run, ref } = context.options;
  if (run.length > 0 && ref.length > 0) throw usageError('--run and --ref do not go together');
  const globs = context.options.repo;
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
  const wanted = new WantedPaths(facts, new DiskReader(tree.v2));
  if (globs.length > 0) return restoreOf(context, session, runs, wanted);
  for (const text of ref) wanted.addReference(text);
  const own = new Set<string>();
  for (const id of runs) {
    for (const { path } of itemsOf(session, id)) own.add(path);
    wanted.addNeedsOf(itemsOf(session, id));
  }
  const paths = [...wanted.paths].filter((path) => !own.has(path));
  const elsewhere = run.length > 0 ? [] : elsewhereIn(session);
  const items = own.size + paths.length;
  return { runs, paths, ...notFound(wanted), items, elsewhere };
}

/** Items of some repositories only, with the blobs that these need. */
function restoreOf(
  context: Context,
  session: Session,
  runs: readonly string[],
  wanted: WantedPaths,
): RestorePlan {
  const { state } = session;
  const inScope = repositoryMatcher(context.options.repo);
  const paths = new Set<string>();
  const names = new Set<string>();
  for (const id of runs) {
    const items = [...trashItemsOf(state, id)];
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
    elsewhere: elsewhereIn(session),
  };
}

const notFound = ({ missing, lost }: WantedPaths) => ({
  missing: [...missing].filter((digest) => !lost.has(blobPath(digest))).sort(),
  lost: [...lost].sort(),
});

const elsewhereIn = ({ state }: Session): string[] =>
  runIds(state).filter((id) => damageOf(state, id) === undefined && !isUsable(state, id));

/** For people. */
const elsewhereNotes = ({ elsewhere }: RestorePlan): string[] =>
  elsewhere.length === 0
    ? []
    : [`made with another --state-dir, give it to restore them: ${elsewhere.join(', ')}`];

function chosenRuns({ state }: Session, named: readonly string[]): string[] {
  const known = runIds(state);
  requireRuns(named, known);
  // A run whose journal can't be used comes back only when it is asked for by name.
  if (named.length === 0) return known.filter((id) => isUsable(state, id));
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

function itemsOf({ state }: Session, id: string): Iterable<TrashItem> {
  return damageOf(state, id) === undefined ? trashItemsOf(state, id) : salvageable(state, id);
}

/** What would come back, each path once: of several, the newest run's. */
function* itemsOfPlan(session: Session, plan: RestorePlan): Generator<TrashItem> {
  const wanted = new Set(plan.paths);
  for (const id of runIds(session.state)) {
    const isWhole = plan.runs.includes(id);
    if (!isWhole && !isUsable(session.state, id)) continue;
    for (const item of itemsOf(session, id)) if (wanted.delete(item.path) || isWhole) yield item;
  }
}

/** All at once: nothing arrives before what it refers to, whichever run has that. */
async function carryOutRestore(
  context: Context,
  session: Session,
  clearance: Clearance,
  plan: RestorePlan,
): Promise<{ report: OutcomeReport; error: RegsweepError | undefined }> {
  const { tree, state, audit } = session;
  const isDamaged = (id: string): boolean => damageOf(state, id) !== undefined;
  const damaged = plan.runs.filter(isDamaged);
  const runs = plan.runs.filter((id) => !isDamaged(id));
  const base = { tree, clearance, state, audit, signal: context.signal };
  const result = await restore({ ...base, select: { runs, salvage: damaged, paths: plan.paths } });
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
  return {
    schemaVersion: 1,
    root: tree.rootDirectory,
    command: context.command,
    state: result.error !== undefined ? result.state : problems.length > 0 ? 'partial' : 'done',
    items: Object.values(result.restored).reduce((sum, number) => sum + number, 0),
    bytes: result.bytes,
    diskBytes: result.diskBytes,
    problems: problems.map(problemRow),
    notes: [...absenceNotes(plan), ...notes],
  };
}

/** Nothing was asked for, somebody said no, or it was a dry run: then with what would come back. */
function nothingRestored(context: Context, session: Session, plan: RestorePlan): OutcomeReport {
  const { dryRun } = context.options;
  const nothing = { items: 0, bytes: 0, diskBytes: 0 };
  const amount = dryRun ? amountOf(session.state, itemsOfPlan(session, plan)) : nothing;
  const isEmpty = plan.items === 0;
  const told = isEmpty
    ? 'nothing to do'
    : `nothing was changed; ${plan.items} items would come back`;
  return {
    schemaVersion: 1,
    root: session.tree.rootDirectory,
    command: context.command,
    state: (isEmpty || dryRun) && plan.lost.length > 0 ? 'partial' : 'done',
    ...amount,
    ...(dryRun ? { dryRun: true } : {}),
    problems: lostIn(plan).map(problemRow),
    notes: [told, ...absenceNotes(plan)],
  };
}

const lostIn = ({ lost }: RestorePlan): Conflict[] =>
  lost.map((path) => ({
    path,
    reason: 'is neither in the tree nor in quarantine, so that its image can not be pulled',
  }));

const problemRow = ({ path, reason }: Conflict): OutcomeReport['problems'][number] => ({
  path: jsonName(path),
  ...rawPath(path),
  reason,
});

const absenceNotes = (plan: RestorePlan): string[] => [
  ...elsewhereNotes(plan),
  ...plan.missing.map((digest) => `${digest} is neither in the tree nor in quarantine`),
];
