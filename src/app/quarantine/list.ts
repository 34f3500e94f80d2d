/** `trash list`: the content of the quarantine. */
import type { TrashReport } from '../../report/model/model.js';
import {
  listRuns,
  openState,
  type RunSummary,
  type SweepState,
  salvageable,
  trashItemsOf,
} from '../../sweep/index.js';
import { repositoryMatcher } from '../../util/pattern/glob-list.js';
import { type Context, treeOf } from '../context.js';
import { tellUnmatched } from '../scan/unmatched-globs.js';
import { ageOf, requireRuns } from './choose-runs.js';
import { amountOf, READING_QUARANTINE } from './sizes.js';

export async function listQuarantine(context: Context): Promise<TrashReport> {
  const tree = await treeOf(context);
  const state = openState(tree, context.options.stateDir);
  context.progress.update({ stage: READING_QUARANTINE });
  const all = listRuns(state);
  const runs = narrowed(context, state, chosen(context, all));
  const cutShort = runs.filter(({ state }) => state === 'unsettled').map(({ runId }) => runId);
  const elsewhere = runs.filter(({ state }) => state === 'no-journal').map(({ runId }) => runId);
  const damaged = runs.filter(({ state }) => state === 'damaged');
  return {
    schemaVersion: 1,
    root: tree.rootDirectory,
    runs: runs.map(
      ({ runId, startedAt, endedAt: _, ended: __, problem: ___, command, ...rest }) => ({
        id: runId,
        startedAt: startedAt ?? null,
        command: command ?? null,
        ...rest,
      }),
    ),
    ...(runs.length < all.length ? { narrowed: true } : {}),
    notes: [
      ...(cutShort.length === 0
        ? []
        : [
            `interrupted, recovered by the next command that changes the tree: ${cutShort.join(', ')}`,
          ]),
      ...(elsewhere.length === 0
        ? []
        : [
            `without a journal (lost, or in another --state-dir); trash restore restores ` +
              `them by their paths: ${elsewhere.join(', ')}`,
          ]),
      ...damaged.map(
        ({ runId, problem }) => `${problem}; restore its content with trash restore --run ${runId}`,
      ),
    ],
  };
}

function chosen({ options, startedAtMs }: Context, all: readonly RunSummary[]): RunSummary[] {
  const { run, olderThan = Number.NEGATIVE_INFINITY } = options;
  requireRuns(
    options,
    all.map(({ runId }) => runId),
  );
  return all.filter(
    (one) => (run.length === 0 || run.includes(one.runId)) && ageOf(one, startedAtMs) >= olderThan,
  );
}

/** The runs that contain items of the selected repositories, with only these items. */
function narrowed(
  context: Context,
  state: SweepState,
  runs: readonly RunSummary[],
): readonly RunSummary[] {
  const { repo, exclude } = context.options;
  if (repo.length + exclude.length === 0) return runs;
  const inScope = repositoryMatcher(repo, exclude);
  const names = new Set<string>();
  const found = runs.flatMap((run) => {
    const isTold = run.state !== 'no-journal' && run.state !== 'damaged';
    const items = isTold ? trashItemsOf(state, run.runId) : salvageable(state, run.runId);
    const all = [...items];
    for (const { repository } of all) if (repository !== undefined) names.add(repository);
    const own = all.filter(({ repository }) => repository !== undefined && inScope(repository));
    return own.length === 0 ? [] : [{ ...run, ...amountOf(state, own) }];
  });
  tellUnmatched(context, [...names]);
  return found;
}
