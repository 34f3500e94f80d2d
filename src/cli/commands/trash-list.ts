import { EXIT } from '../../errors.js';
import { listRuns, openState } from '../../sweep/index.js';
import { type Context, treeOf } from '../context.js';
import { render } from '../render.js';

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const runs = listRuns(openState(tree, context.settings.stateDir));
  const cutShort = runs.filter(({ state }) => state === 'unsettled').map(({ runId }) => runId);
  const elsewhere = runs.filter(({ state }) => state === 'no-journal').map(({ runId }) => runId);
  await render(context, {
    kind: 'trash',
    schemaVersion: 1,
    root: tree.rootDirectory,
    runs: runs.map(({ runId, startedAt, endedAt: _, command, ...rest }) => ({
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
    ],
  });
  return EXIT.done;
}
