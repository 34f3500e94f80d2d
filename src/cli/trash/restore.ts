/** `trash restore`: whole runs, or single images, with all that they need from other runs. */
import { type RegsweepError, usageError } from '../../errors.js';
import type { Clearance } from '../../guard/types.js';
import type { OutcomeReport } from '../../report/model.js';
import { jsonName, rawPath } from '../../report/names.js';
import { DiskReader } from '../../storage/disk.js';
import { type RestoreResult, restore, runIds, trashItemsOf } from '../../sweep/index.js';
import type { Context } from '../context.js';
import type { Session } from '../session.js';
import { WantedPaths } from './closure.js';
import { factsWithTrash } from './view.js';

export interface RestorePlan {
  /** Whole runs, the newest first. */
  readonly runs: readonly string[];
  /** Single items, and what the runs need from elsewhere. */
  readonly paths: readonly string[];
  /** What is not to be found anywhere. */
  readonly missing: readonly string[];
  readonly items: number;
}

export async function planRestore(context: Context, session: Session): Promise<RestorePlan> {
  const { tree, state } = session;
  const { run, ref } = context.settings;
  if (run.length > 0 && ref.length > 0) throw usageError('--run and --ref do not go together');
  const runs = ref.length > 0 ? [] : chosenRuns(session, run);
  const facts = await factsWithTrash(context, tree, state, new Set(runIds(state)));
  const wanted = new WantedPaths(facts, new DiskReader(tree.v2));
  for (const text of ref) wanted.addReference(text);
  const own = new Set<string>();
  for (const id of runs) {
    for (const { path } of trashItemsOf(state, id)) own.add(path);
    wanted.addNeedsOf(trashItemsOf(state, id));
  }
  const paths = [...wanted.paths].filter((path) => !own.has(path));
  return { runs, paths, missing: [...wanted.missing].sort(), items: own.size + paths.length };
}

function chosenRuns({ state }: Session, named: readonly string[]): string[] {
  const known = runIds(state);
  for (const id of named) {
    if (!known.includes(id)) throw usageError(`--run: there is no run ${id} in quarantine`);
  }
  return named.length === 0 ? known : known.filter((id) => named.includes(id));
}

/** What is referred to comes first, so that nothing is served before it is whole. */
export async function carryOutRestore(
  context: Context,
  session: Session,
  clearance: Clearance,
  plan: RestorePlan,
): Promise<{ report: OutcomeReport; error: RegsweepError | undefined }> {
  const { tree, state, audit } = session;
  const base = { tree, clearance, state, audit, signal: context.signal };
  const results: RestoreResult[] = [];
  const selections = [
    ...(plan.paths.length > 0 ? [{ paths: plan.paths }] : []),
    ...plan.runs.map((runId) => ({ runId })),
  ];
  for (const select of selections) {
    if (results.some(({ state: ended }) => ended === 'interrupted')) break;
    if ('runId' in select && !runIds(state).includes(select.runId)) continue;
    results.push(await restore({ ...base, select }));
  }
  return {
    report: reportOf(context, session, plan, results),
    error: results.find((r) => r.error)?.error,
  };
}

function reportOf(
  context: Context,
  { tree }: Session,
  plan: RestorePlan,
  results: readonly RestoreResult[],
): OutcomeReport {
  const conflicts = results.flatMap((result) => result.conflicts.samples);
  const restored = results.flatMap((result) => Object.values(result.restored));
  const ended = results.map((result) =>
    result.conflicts.count > 0 || result.error ? result.state : 'done',
  );
  return {
    schemaVersion: 1,
    root: tree.rootDirectory,
    command: context.command,
    state:
      ended.find((one) => one === 'interrupted') ??
      ended.find((one) => one === 'partial') ??
      'done',
    items: restored.reduce((sum, number) => sum + number, 0),
    bytes: 0,
    diskBytes: 0,
    problems: conflicts.map(({ path, reason }) => ({
      path: jsonName(path),
      ...rawPath(path),
      reason,
    })),
    notes: plan.missing.map((digest) => `${digest} is neither in the tree nor in quarantine`),
  };
}
