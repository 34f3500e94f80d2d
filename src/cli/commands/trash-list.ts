import { EXIT } from '../../errors.js';
import type { StorageReader } from '../../storage/port.js';
import {
  Allocation,
  listRuns,
  openState,
  type RunSummary,
  type SweepState,
  trashItemsOf,
  trashReader,
} from '../../sweep/index.js';
import { type Context, treeOf } from '../context.js';
import { repositoryMatcher } from '../globs.js';
import { render } from '../render.js';
import { repositoriesAskedFor, tellUnmatched } from '../scope.js';

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const state = openState(tree, context.settings.stateDir);
  const runs = narrowed(context, state, listRuns(state));
  const cutShort = runs.filter(({ state }) => state === 'unsettled').map(({ runId }) => runId);
  const elsewhere = runs.filter(({ state }) => state === 'no-journal').map(({ runId }) => runId);
  const damaged = runs.filter(({ state }) => state === 'damaged');
  await render(context, {
    kind: 'trash',
    schemaVersion: 1,
    root: tree.rootDirectory,
    runs: runs.map(({ runId, startedAt, endedAt: _, problem: __, command, ...rest }) => ({
      id: runId,
      startedAt: startedAt ?? null,
      command: command ?? null,
      ...rest,
    })),
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
    let items = 0;
    const size = new Allocation();
    const reader = trashReader(state, run.runId);
    for (const { repository, path } of trashItemsOf(state, run.runId)) {
      if (repository === undefined) continue;
      names.add(repository);
      if (!inScope(repository)) continue;
      items += 1;
      addSize(reader, path, size);
    }
    const { bytes, diskBytes } = size;
    return items === 0 ? [] : [{ ...run, items, bytes, diskBytes }];
  });
  tellUnmatched(context, [...names]);
  return found;
}

function addSize(reader: StorageReader, path: string, size: Allocation): void {
  const stat = reader.lstat(path);
  if (stat === undefined) return;
  if (stat.type !== 'directory') {
    size.add(stat);
    return;
  }
  for (const { name } of reader.list(path) ?? []) addSize(reader, `${path}/${name}`, size);
}
