import { type Context, treeOf } from '../../app/context.js';
import { requestFrom, requestOf } from '../../app/plan/plan-file.js';
import { purgeRuns } from '../../app/quarantine/purge.js';
import { dryRun } from '../../app/sweep/dry-run.js';
import { tellPurged } from '../../app/sweep/purge-before.js';
import { change } from '../../app/sweep/sweep.js';

export async function run(context: Context): Promise<number> {
  const { settings } = context;
  const tree = await treeOf(context);
  const asked =
    settings.plan === undefined ? requestOf(context) : await requestFrom(context, settings.plan);
  const { purgeOlderThan } = settings;
  const request = { ...asked, quarantine: !settings.delete };
  if (settings.dryRun) {
    return dryRun(context, tree, {
      ...request,
      ...(purgeOlderThan === undefined ? {} : { purgeOlderThan }),
    });
  }
  const later = settings.stopCommand !== undefined;
  if (purgeOlderThan !== undefined && !later) {
    tellPurged(context, await purgeRuns(context, tree, { run: [], minAge: purgeOlderThan }));
  }
  return change(context, tree, {
    ...request,
    ...(purgeOlderThan !== undefined && later ? { purgeOlderThan } : {}),
  });
}
