import type { ActionKind } from '../../plan/types.js';
import { change } from '../change.js';
import { type Context, treeOf } from '../context.js';
import { dryRun } from '../dry-run.js';
import { selectionOf } from '../selection.js';

/** Never a blob's data, nor a manifest that is linked. */
const KINDS: readonly ActionKind[] = ['tag-history', 'layer-link', 'empty-directory', 'repository'];

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const selection = {
    ...selectionOf({ ...context.settings, policy: undefined }),
    deleteUntagged: false,
    orphanSignatures: false,
    kinds: KINDS,
  };
  if (context.settings.dryRun) return dryRun(context, tree, { selection });
  return change(context, tree, { selection, quarantine: true });
}
