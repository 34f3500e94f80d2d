/** `rm`: tags, manifests or repositories that somebody names, with what they alone held. */
import { inspect } from '../../guard/index.js';
import { openState } from '../../sweep/index.js';
import { type Context, type Finished, treeOf } from '../context.js';
import { guardSettings } from '../guard-settings.js';
import { preparePlan } from '../plan/prepare/prepare-plan.js';
import { refusalRows } from '../plan/prepare/preview-refusals.js';
import { impactOf } from '../plan/removal-impact.js';
import { NAMED_KINDS, type Selection, selectionOf } from '../select/selection.js';
import { checkTarget } from '../select/targets.js';
import { cacheRequirement, unknownCacheNotes } from '../session/cache-invalidation.js';
import { change } from './change.js';
import { guardRefusals } from './dry-run.js';

/** @param targets `repo`, `repo:tag` or `repo@digest`; globs are allowed */
export async function remove(context: Context, targets: readonly string[]): Promise<Finished> {
  const { options } = context;
  for (const text of targets) checkTarget(text);
  const tree = await treeOf(context);
  const selection: Selection = {
    ...selectionOf({ ...options, policy: undefined }),
    deleteUntagged: false,
    orphanSignatures: false,
    kinds: NAMED_KINDS,
    targets,
  };
  const request = { selection, quarantine: !options.delete };
  if (!options.dryRun) return change(context, tree, request);
  const state = openState(tree, options.stateDir);
  const prepared = await preparePlan(context, tree, state, { ...request, preview: true });
  const verdict = await inspect(tree, guardSettings(options));
  const refused = [...guardRefusals(tree, verdict, selection), ...prepared.refused];
  const notes = [
    'dry run: nothing was changed',
    ...prepared.claimed,
    `safety check now: ${verdict.state}`,
    ...(request.quarantine ? [] : unknownCacheNotes(cacheRequirement(context, verdict))),
  ];
  const report = impactOf(context, prepared, targets, notes)!;
  const run = { ...report.run, ...refusalRows(refused) };
  return { report: { kind: 'removal', ...report, run }, error: undefined };
}
