/** `tidy`: what the registry's own garbage collector leaves; never a blob's data. */
import { type Context, type Finished, treeOf } from '../context.js';
import { selectionOf, tidySelection } from '../select/selection.js';
import { change } from './change.js';
import { dryRun } from './dry-run.js';

export async function tidy(context: Context): Promise<Finished> {
  const tree = await treeOf(context);
  const selection = tidySelection(selectionOf({ ...context.options, policy: undefined }));
  if (context.options.dryRun) return dryRun(context, tree, { selection });
  return change(context, tree, { selection, quarantine: true });
}
