/** `browse`: the screens, and a plan for the marked entries. */

import { ACTION_KINDS } from '../../graph/action-kinds.js';
import { explainMark } from '../../graph/explain.js';
import { type Context, treeOf } from '../context.js';
import { withImmovable } from '../inspect/measured-tree.js';
import { scanAndMark } from '../scan/scan.js';
import { selectionOf } from '../select/selection.js';
import { type MarkedRemoval, removalOf } from './removal.js';
import { type Row, Rows } from './rows.js';
import { whyLines } from './why.js';

export interface BrowsedTree {
  readonly root: string;
  readonly rows: Rows;
  /** The size that removing these references frees. */
  removal(targets: readonly string[]): MarkedRemoval;
  /** At most `room` lines that tell why something is kept and which repositories share it. */
  why(row: Row, room: number): readonly string[];
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
    why: (row, room) => {
      const found =
        row.question === undefined ? undefined : explainMark(facts, marks, row.question);
      return whyLines(row, found, room);
    },
  };
}
