/** `tidy`: removes leftovers of the registry's own garbage collector; never a blob's data. */

import { type Context, type Finished, treeOf } from '../context.js';
import { planFor } from '../plan/plan.js';
import type { Prepared } from '../plan/prepare/prepared.js';
import { type Selection, selectionOf, tidySelection } from '../select/selection.js';
import { dryRun } from './dry-run.js';
import { change } from './sweep-work.js';

export async function tidy(context: Context): Promise<Finished> {
  const tree = await treeOf(context);
  const selection = selectionFor(context);
  if (context.options.dryRun) return dryRun(context, tree, { selection });
  return change(context, tree, { selection, quarantine: true });
}

/** The plan of `tidy`, for saving. */
export const planTidy = (context: Context): Promise<Prepared> =>
  planFor(context, { selection: selectionFor(context), preview: true });

const selectionFor = ({ options }: Context): Selection =>
  tidySelection(selectionOf({ ...options, policy: undefined }));
