import { type Context, treeOf } from '../../app/context.js';
import { guardSettings } from '../../app/guard-settings.js';
import { preparePlan } from '../../app/plan/prepare-plan.js';
import { impactOf } from '../../app/plan/removal-impact.js';
import { repositoriesAskedFor } from '../../app/scan/unmatched-globs.js';
import { refuseHarbor } from '../../app/select/metadata-owner.js';
import { type Selection, selectionOf } from '../../app/select/selection.js';
import { parseTarget } from '../../app/select/targets.js';
import { change } from '../../app/sweep/sweep.js';
import { inspect } from '../../guard/index.js';
import type { ActionKind } from '../../plan/types.js';
import { openState } from '../../sweep/index.js';
import { EXIT } from '../../util/errors.js';
import { render } from '../output/render.js';

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
