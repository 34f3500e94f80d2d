import { type Context, treeOf } from '../context.js';
import { amountOf } from '../trash/amounts.js';
import { finishTrash, trashCommand } from '../trash/outcome.js';
import {
  carryOutRestore,
  elsewhereNotes,
  itemsOfPlan,
  planRestore,
  type RestorePlan,
} from '../trash/restore.js';

export async function run(context: Context): Promise<number> {
  const tree = await treeOf(context);
  const done = await trashCommand<RestorePlan>(context, tree, {
    plan: (session) => planRestore(context, session),
    question: ({ items }) => (items === 0 ? undefined : `Put ${items} items back into the tree?`),
    carryOut: (session, clearance, plan) => carryOutRestore(context, session, clearance, plan),
    nothing: (session, plan) => ({
      schemaVersion: 1,
      root: tree.rootDirectory,
      command: context.command,
      state: 'done',
      items: 0,
      bytes: 0,
      diskBytes: 0,
      ...(context.settings.dryRun
        ? { dryRun: true, ...amountOf(session.state, itemsOfPlan(session, plan)) }
        : {}),
      problems: [],
      notes: [
        plan.items === 0
          ? 'nothing to do'
          : `nothing was changed; ${plan.items} items would come back`,
        ...elsewhereNotes(plan),
      ],
    }),
  });
  return finishTrash(context, done);
}
