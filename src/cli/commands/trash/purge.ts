import { type Context, treeOf } from '../../../app/context.js';
import { purgeRuns } from '../../../app/quarantine/purge.js';
import { repositoriesAskedFor } from '../../../app/scan/unmatched-globs.js';
import { finishTrash } from '../../../app/session/guarded-operation.js';
import { usageError } from '../../../util/errors.js';

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
