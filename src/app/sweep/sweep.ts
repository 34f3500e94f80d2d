/**
 * `sweep`: applies a new plan, or the valid part of a plan file. With `dryRun` it only shows it.
 */
import { type Context, type Finished, treeOf } from '../context.js';
import { requestFrom, requestOf } from '../plan/file/plan-file.js';
import { purgeRuns } from '../quarantine/purge/purge.js';
import { dryRun } from './dry-run.js';
import { tellPurged } from './purge-before.js';
import { change } from './sweep-work.js';

/** @throws RegsweepError if nothing was changed */
export async function sweep(context: Context): Promise<Finished> {
  const { options } = context;
  const tree = await treeOf(context);
  const asked =
    options.plan === undefined ? requestOf(context) : await requestFrom(context, options.plan);
  const { purgeOlderThan } = options;
  const request = { ...asked, quarantine: !options.delete };
  if (options.dryRun) {
    return dryRun(context, tree, {
      ...request,
      ...(purgeOlderThan === undefined ? {} : { purgeOlderThan }),
    });
  }
  const later = options.stopCommand !== undefined;
  if (purgeOlderThan !== undefined && !later) {
    tellPurged(context, await purgeRuns(context, tree, { run: [], minAge: purgeOlderThan }));
  }
  return change(context, tree, {
    ...request,
    ...(purgeOlderThan !== undefined && later ? { purgeOlderThan } : {}),
  });
}
