import { type Context, treeOf } from '../../app/context.js';
import { guardSettings } from '../../app/guard-settings.js';
import { inspect } from '../../guard/index.js';
import { EXIT } from '../../util/errors.js';
import { render } from '../output/render.js';

/** The evidence of this moment; a changing command also watches the tree for a while. */
export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const { state, evidence } = await inspect(tree, guardSettings(context.settings));
  await render(context, {
    kind: 'guard',
    schemaVersion: 1,
    root: tree.rootDirectory,
    state,
    evidence,
  });
  return state === 'refused' ? EXIT.guard : EXIT.done;
}
