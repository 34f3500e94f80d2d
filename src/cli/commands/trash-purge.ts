import { usageError } from '../../errors.js';
import { type Context, treeOf } from '../context.js';
import { repositoriesAskedFor } from '../scope.js';
import { finishTrash } from '../trash/outcome.js';
import { purgeRuns } from '../trash/purge.js';

export async function run(context: Context): Promise<number> {
  const { run, minAge, olderThan } = context.settings;
  if (repositoriesAskedFor(context.settings).length > 0) {
    throw usageError(
      '--repo: purge works on whole runs',
      'name them with --run; regsweep trash list --repo GLOB shows which hold something of it',
    );
  }
  const tree = await treeOf(context);
  const choice = { run, minAge: Math.max(minAge, olderThan ?? 0) };
  return finishTrash(context, await purgeRuns(context, tree, choice));
}
