/** `browse`: the tree as screens to look through, and a plan of what was marked there. */

import { ACTION_KINDS } from '../../graph/action-kinds.js';
import { explainMark } from '../../graph/explain.js';
import { openState } from '../../sweep/index.js';
import { type Context, treeOf } from '../context.js';
import { withImmovable } from '../inspect/measured-tree.js';
import { preparePlan } from '../plan/prepare/prepare-plan.js';
import type { Prepared } from '../plan/prepare/prepared.js';
import { scanAndMark } from '../scan/scan.js';
import { NAMED_KINDS, selectionOf } from '../select/selection.js';
import { type MarkedRemoval, removalOf } from './removal.js';
import { type Row, Rows } from './rows.js';
import { whyLines } from './why.js';

export interface BrowsedTree {
  readonly root: string;
  readonly rows: Rows;
  /** What removing these references would free. */
  removal(targets: readonly string[]): MarkedRemoval;
  /** Lines that say why something is kept, and who shares it. */
  why(row: Row): readonly string[];
}

export async function browseTree(context: Context): Promise<BrowsedTree> {
  const tree = await treeOf(context);
  const selection = { ...selectionOf(context.options), kinds: ACTION_KINDS };
  const seen = await scanAndMark(context, tree, selection);
  const { facts } = seen;
  const marks = withImmovable(seen);
  return {
    root: tree.rootDirectory,
    rows: new Rows(facts, marks),
    removal: (targets) => removalOf(facts, marks, targets),
    why: (row) =>
      whyLines(
        row,
        row.question === undefined ? undefined : explainMark(facts, marks, row.question),
      ),
  };
}

/** The plan of what `rm` of these references would do, from a fresh look at the tree. */
export async function planMarked(context: Context, targets: readonly string[]): Promise<Prepared> {
  const tree = await treeOf(context);
  const state = openState(tree, context.options.stateDir);
  const selection = {
    ...selectionOf({ ...context.options, policy: undefined }),
    deleteUntagged: false,
    orphanSignatures: false,
    kinds: NAMED_KINDS,
    targets,
  };
  return preparePlan(context, tree, state, { selection });
}
