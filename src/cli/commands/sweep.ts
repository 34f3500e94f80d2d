import { change } from '../change.js';
import { type Context, treeOf } from '../context.js';
import { dryRun } from '../dry-run.js';
import { requestFrom, requestOf } from '../plan-file.js';
import { tellPurged } from '../purge-first.js';
import { purgeRuns } from '../trash/purge.js';

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
