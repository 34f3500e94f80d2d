/** `guard`: the evidence of this moment; a changing command also watches the tree for a while. */
import { inspect } from '../../guard/index.js';
import type { GuardReport } from '../../report/model/model.js';
import { type Context, treeOf } from '../context.js';
import { guardSettings } from '../guard-settings.js';

export async function guard(context: Context): Promise<GuardReport> {
  const tree = await treeOf(context);
  const { state, evidence } = await inspect(tree, guardSettings(context.options));
  return { schemaVersion: 1, root: tree.rootDirectory, state, evidence };
}
