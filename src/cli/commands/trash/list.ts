import { type Context, treeOf } from '../../../app/context.js';
import { ageOf, olderThanAskedFor, requireRuns } from '../../../app/quarantine/choose-runs.js';
import { amountOf } from '../../../app/quarantine/sizes.js';
import { repositoriesAskedFor, tellUnmatched } from '../../../app/scan/unmatched-globs.js';
import {
  listRuns,
  openState,
  type RunSummary,
  type SweepState,
  trashItemsOf,
} from '../../../sweep/index.js';
import { EXIT } from '../../../util/errors.js';
import { repositoryMatcher } from '../../../util/glob-list.js';
import { render } from '../../output/render.js';

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const state = openState(tree, context.settings.stateDir);
  const all = listRuns(state);
  const runs = narrowed(context, state, chosen(context, all));
  const cutShort = runs.filter(({ state }) => state === 'unsettled').map(({ runId }) => runId);
  const elsewhere = runs.filter(({ state }) => state === 'no-journal').map(({ runId }) => runId);
  const damaged = runs.filter(({ state }) => state === 'damaged');
  await render(context, {
    kind: 'trash',
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
        : [`cut short, the next changing command settles it: ${cutShort.join(', ')}`]),
      ...(elsewhere.length === 0
        ? []
        : [`made with another --state-dir, give it to manage them: ${elsewhere.join(', ')}`]),
      ...damaged.map(
        ({ runId, problem }) =>
          `${problem}; trash restore --run ${runId} brings back what lies in its trash`,
      ),
    ],
  });
  return EXIT.done;
}

function chosen({ settings, startedAtMs }: Context, all: readonly RunSummary[]): RunSummary[] {
  const { run } = settings;
  requireRuns(
    run,
    all.map(({ runId }) => runId),
  );
  const olderThan = olderThanAskedFor(settings) ?? Number.NEGATIVE_INFINITY;
  return all.filter(
    (one) => (run.length === 0 || run.includes(one.runId)) && ageOf(one, startedAtMs) >= olderThan,
  );
}

/** The runs that hold items of the repositories asked for, and of them only these items. */
function narrowed(
  context: Context,
  state: SweepState,
  runs: readonly RunSummary[],
): readonly RunSummary[] {
  const globs = repositoriesAskedFor(context.settings);
  if (globs.length === 0) return runs;
  const inScope = repositoryMatcher(globs);
  const names = new Set<string>();
  const found = runs.flatMap((run) => {
    if (run.state === 'no-journal') return [];
    const all = [...trashItemsOf(state, run.runId)];
    for (const { repository } of all) if (repository !== undefined) names.add(repository);
    const own = all.filter(({ repository }) => repository !== undefined && inScope(repository));
    return own.length === 0 ? [] : [{ ...run, ...amountOf(state, own) }];
  });
  tellUnmatched(context, [...names]);
  return found;
}
