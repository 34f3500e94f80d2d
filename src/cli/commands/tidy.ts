import { type Context, treeOf } from '../../app/context.js';
import { selectionOf, tidySelection } from '../../app/select/selection.js';
import { dryRun } from '../../app/sweep/dry-run.js';
import { change } from '../../app/sweep/sweep.js';

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const selection = tidySelection(selectionOf({ ...context.settings, policy: undefined }));
  if (context.settings.dryRun) return dryRun(context, tree, { selection });
  return change(context, tree, { selection, quarantine: true });
}
