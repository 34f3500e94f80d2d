/**
 * `guard`: the evidence of this moment. Commands that change the tree also watch it for a while.
 */

import type { Evidence } from '../../guard/model/types.js';
import type { GuardReport } from '../../report/model/model.js';
import { type Context, treeOf } from '../context.js';
import { heldNotes } from '../quarantine/purge/gained-space.js';
import { inspectTree } from '../session/inspect-tree.js';

export async function guard(context: Context): Promise<GuardReport> {
  const tree = await treeOf(context);
  const { state, evidence } = await inspectTree(context, tree);
  const held = heldNotes(tree).map((message): Evidence => {
    return { kind: 'descriptor', bearing: 'note', message };
  });
  return { schemaVersion: 1, root: tree.rootDirectory, state, evidence: [...evidence, ...held] };
}
