import { EXIT } from '../../errors.js';
import { inspect } from '../../guard/index.js';
import type { ActionKind } from '../../plan/types.js';
import { openState } from '../../sweep/index.js';
import { change } from '../change.js';
import { type Context, treeOf } from '../context.js';
import { refuseHarbor } from '../foreign.js';
import { guardSettings } from '../guard-settings.js';
import { preparePlan } from '../planning.js';
import { impactOf } from '../removal.js';
import { render } from '../render.js';
import { repositoriesAskedFor } from '../scope.js';
import { type Selection, selectionOf } from '../selection.js';
import { parseTarget } from '../targets.js';

/** What was named, and what that alone held; debris of other origin is left to `sweep`. */
export const KINDS: readonly ActionKind[] = [
  'tag',
  'tag-history',
  'revision',
  'layer-link',
  'blob',
  'repository',
];

export async function run(context: Context): Promise<number> {
  const targets = context.subjects;
  for (const text of targets) parseTarget(text);
  const tree = await treeOf(context);
  const selection: Selection = {
    ...selectionOf({ ...context.settings, policy: undefined }),
    deleteUntagged: false,
    orphanSignatures: false,
    repo: repositoriesAskedFor(context.settings),
    kinds: KINDS,
    targets,
  };
  const request = { selection, quarantine: !context.settings.delete };
  if (!context.settings.dryRun) return change(context, tree, request);
  const state = openState(tree, context.settings.stateDir);
  const prepared = await preparePlan(context, tree, state, request);
  const verdict = await inspect(tree, guardSettings(context.settings));
  refuseHarbor(verdict, selection);
  const notes = [
    'dry run: nothing was changed',
    ...prepared.claimed,
    `the guard says now: ${verdict.state}`,
  ];
  await render(context, { kind: 'removal', ...impactOf(context, prepared, targets, notes)! });
  return EXIT.done;
}
