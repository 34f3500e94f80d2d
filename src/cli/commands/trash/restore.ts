import { type Context, treeOf } from '../../../app/context.js';
import {
  carryOutRestore,
  nothingRestored,
  planRestore,
  type RestorePlan,
} from '../../../app/quarantine/restore.js';
import { finishTrash, trashCommand } from '../../../app/session/guarded-operation.js';

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const done = await trashCommand<RestorePlan>(context, tree, {
    plan: (session) => planRestore(context, session),
    question: ({ items }) => (items === 0 ? undefined : `Put ${items} items back into the tree?`),
    carryOut: (session, clearance, plan) => carryOutRestore(context, session, clearance, plan),
    nothing: (session, plan) => nothingRestored(context, session, plan),
  });
  return finishTrash(context, done);
}
