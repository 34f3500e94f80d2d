import { change } from '../change.js';
import { type Context, treeOf } from '../context.js';
import { dryRun } from '../dry-run.js';
import { requestFrom, requestOf } from '../plan-file.js';
import { purgeRuns } from '../trash/purge.js';

export async function run(context: Context): Promise<number> {
  const { settings } = context;
  const tree = await treeOf(context);
  const request =
    settings.plan === undefined ? requestOf(context) : await requestFrom(context, settings.plan);
  if (settings.dryRun) return dryRun(context, tree, request);
  const { purgeOlderThan } = settings;
  const later = settings.stopCommand !== undefined;
  if (purgeOlderThan !== undefined && !later) {
    const done = await purgeRuns(context, tree, { run: [], minAge: purgeOlderThan });
    for (const note of done.report.notes) context.log.note(note);
    if (done.error !== undefined) throw done.error;
  }
  return change(context, tree, {
    ...request,
    quarantine: !settings.delete,
    ...(purgeOlderThan !== undefined && later ? { purgeOlderThan } : {}),
  });
}
