import { change } from '../change.js';
import { type Context, treeOf } from '../context.js';
import { dryRun } from '../dry-run.js';
import { selectionOf, tidySelection } from '../selection.js';

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const selection = tidySelection(selectionOf({ ...context.settings, policy: undefined }));
  if (context.settings.dryRun) return dryRun(context, tree, { selection });
  return change(context, tree, { selection, quarantine: true });
}
