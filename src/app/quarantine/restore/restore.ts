/**
 * `trash restore`: restores runs, or single images with everything that they need from other runs.
 */

import type { Clearance } from '../../../guard/model/types.js';
import type { OutcomeReport } from '../../../report/model/model.js';
import { count } from '../../../report/style.js';
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
  type TakenBackByName,
  type TrashItem,
  takeBackByName,
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
  /** IDs of runs that are restored completely, the newest first. */
  readonly runs: readonly string[];
  /** Single items, and items that the runs need from elsewhere. */
  readonly paths: readonly string[];
  /** Digests that are in neither the tree nor the quarantine. */
  readonly missing: readonly string[];
  /** Blobs and layer links that are in neither, and without which no pull succeeds. */
  readonly lost: readonly string[];
  readonly items: number;
  /** Number of folders with files that an interrupted deletion renamed, without a journal. */
  readonly aside: number;
  /** References that match nothing in the tree or in quarantine. */
  readonly unknown: readonly string[];
  /**
   * A run was named, or the quarantine is not empty. Then restoring nothing is not a complete
   * success.
   */
  readonly expected: boolean;
}

/** @throws RegsweepError if nothing was changed */
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
  if (run.length > 0 && ref.length > 0) throw usageError('--run and --ref can’t be used together');
  const globs = [...context.options.repo, ...context.options.exclude];
  if (globs.length > 0 && ref.length > 0) {
    throw usageError('--repo and --ref can’t be used together', 'name the repository in --ref');
  }
  const olderThan = context.options.olderThan;
  if (olderThan !== undefined && ref.length > 0) {
    throw usageError('--older-than and --ref can’t be used together', 'name runs with --run');
  }
  const chosen = ref.length > 0 ? [] : chosenRuns(context, session);
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
  const isAll = ref.length === 0 && run.length === 0 && olderThan === undefined;
  const aside = isAll ? facts.findings.count('file-put-aside') : 0;
  const items = own.size + paths.length + aside;
  const expected = ref.length === 0 && (run.length > 0 || runIds(state).length > 0 || aside > 0);
  return { runs, paths, ...notFound(wanted), items, aside, unknown, expected };
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

/** Only the items of some repositories, with the blobs that these need. */
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
    aside: 0,
    unknown: [],
    expected: true,
  };
}

const notFound = ({ missing, lost }: WantedPaths) => ({
  missing: [...missing].filter((digest) => !lost.has(blobPath(digest))).sort(),
  lost: [...lost].sort(),
});

function chosenRuns({ options }: Context, { state }: Session): string[] {
  const { run: named } = options;
  const known = runIds(state);
  requireRuns(options, known);
  // A run with a damaged journal is restored only if it is named.
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

/** Without a journal, the paths in its trash are its items. */
const isByPath = ({ state }: Session, id: string): boolean =>
  damageOf(state, id) !== undefined || hasNoJournal(state, id) || !isUsable(state, id);

function itemsOf(session: Session, id: string): Iterable<TrashItem> {
  const { state } = session;
  return isByPath(session, id) ? salvageable(state, id) : trashItemsOf(state, id);
}

/**
 * The number of paths that would be restored. If several runs have the same path, the newest one's
 * counts.
 */
function* itemsOfPlan(session: Session, plan: RestorePlan): Generator<TrashItem> {
  const wanted = new Set(plan.paths);
  for (const id of runIds(session.state)) {
    const isWhole = plan.runs.includes(id);
    if (!isWhole && damageOf(session.state, id) !== undefined) continue;
    for (const item of itemsOf(session, id)) if (wanted.delete(item.path) || isWhole) yield item;
  }
}

/** Restores all runs as one, so that nothing is restored before the items that it refers to. */
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
  const isBlocked = plan.aside === 0 || result.error !== undefined;
  const back = isBlocked ? NOTHING_BACK : await takeBackByName(base);
  const report = reportOf(context, session, plan, result, back, notes);
  return { report, error: result.error ?? back.error };
}

const NOTHING_BACK: TakenBackByName = { restored: 0, conflicts: [] };

const leftBy = ({ state }: Session, runId: string): string =>
  `run ${runId} was restored by the paths in its trash; its folder is kept, ` +
  `remove it when you don’t need its content: ${printable(state.runFolder(runId))}`;

function reportOf(
  context: Context,
  { tree }: Session,
  plan: RestorePlan,
  result: RestoreResult,
  back: TakenBackByName,
  notes: readonly string[],
): OutcomeReport {
  const problems = [...result.conflicts.samples, ...back.conflicts, ...lostIn(plan)];
  const items = Object.values(result.restored).reduce((sum, n) => sum + n, back.restored);
  const isShort = problems.length > 0 || items === 0 || plan.unknown.length > 0;
  return {
    ...emptyReport(context, tree),
    state:
      result.error !== undefined
        ? result.state
        : back.error !== undefined
          ? 'partial'
          : isShort
            ? 'partial'
            : 'done',
    items,
    bytes: result.bytes,
    diskBytes: result.diskBytes,
    problems: problems.map(problemRow),
    notes: [...absenceNotes(plan), ...notes],
  };
}

/** The report if nothing was done. A dry run reports the items that would be restored. */
function nothingRestored(context: Context, session: Session, plan: RestorePlan): OutcomeReport {
  const { dryRun } = context.options;
  const isEmpty = plan.items === 0;
  const told = isEmpty ? nothingTold(plan) : `${count(plan.items, 'item')} would be restored`;
  return {
    ...emptyReport(context, session.tree),
    state: (isEmpty || dryRun) && isShort(plan) ? 'partial' : 'done',
    ...(dryRun ? amountOf(session.state, itemsOfPlan(session, plan)) : {}),
    ...(dryRun ? { dryRun: true } : {}),
    problems: lostIn(plan).map(problemRow),
    notes: [told, ...absenceNotes(plan)],
  };
}

/** Whether fewer items were restored than were asked for. */
const isShort = ({ lost, unknown, items, expected }: RestorePlan): boolean =>
  lost.length > 0 || unknown.length > 0 || (items === 0 && expected);

function nothingTold({ expected, unknown }: RestorePlan): string {
  if (expected) return 'nothing was restored: the quarantine has nothing that was asked for';
  return unknown.length > 0
    ? 'nothing was restored'
    : 'nothing to do: the tree already has everything';
}

const lostIn = ({ lost }: RestorePlan): Conflict[] =>
  lost.map((path) => ({
    path,
    reason: 'is missing from both the tree and the quarantine: its image can’t be pulled',
  }));

const absenceNotes = (plan: RestorePlan): string[] => [
  ...plan.unknown.map((text) => `${text} is missing from both the tree and the quarantine`),
  ...plan.missing.map((digest) => `${digest} is missing from both the tree and the quarantine`),
];
