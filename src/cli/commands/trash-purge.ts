import { type Context, treeOf } from '../context.js';
import { finishTrash } from '../trash/outcome.js';
import { purgeRuns } from '../trash/purge.js';

export async function run(context: Context): Promise<number> {
  const { run, minAge, olderThan } = context.settings;
  const tree = await treeOf(context);
  const choice = { run, minAge: Math.max(minAge, olderThan ?? 0) };
  return finishTrash(context, await purgeRuns(context, tree, choice));
}
