/** The guard's first look, shown as a stage of the command. */
import { inspect } from '../../guard/index.js';
import type { Verdict } from '../../guard/model/types.js';
import type { StorageTree } from '../../storage/port.js';
import type { Context } from '../context.js';
import { guardSettings } from '../guard-settings.js';

export async function inspectTree(context: Context, tree: StorageTree): Promise<Verdict> {
  context.progress.update({ stage: 'Checking which processes use the tree' });
  try {
    return await inspect(tree, guardSettings(context.options));
  } finally {
    context.progress.stop();
  }
}
