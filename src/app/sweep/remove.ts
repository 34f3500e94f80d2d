/** `rm`: removes named tags, manifests or repositories, with the data that only they refer to. */
import { type Context, type Finished, treeOf } from '../context.js';
import type { Options } from '../options.js';
import { planFor } from '../plan/plan.js';
import type { Prepared } from '../plan/prepare/prepared.js';
import { refusalRows } from '../plan/prepare/preview-refusals.js';
import { impactOf } from '../plan/removal-impact.js';
import { NAMED_KINDS, type Selection, selectionOf } from '../select/selection.js';
import { checkTarget } from '../select/targets.js';
import { cacheRequirement, unknownCacheNotes } from '../session/cache-invalidation.js';
import { preview } from './dry-run.js';
import { change } from './sweep-work.js';

/** @param targets `repo`, `repo:tag` or `repo@digest`; globs are allowed */
export async function remove(context: Context, targets: readonly string[]): Promise<Finished> {
  const { options } = context;
  const tree = await treeOf(context);
  const selection = namedSelection(options, targets);
  const request = { selection, quarantine: !options.delete };
  if (!options.dryRun) return change(context, tree, request);
  const { prepared, verdict, refused } = await preview(context, tree, request);
  const notes = [
    'dry run: nothing was changed',
    ...prepared.claimed,
    ...prepared.toBackUp,
    `safety check now: ${verdict.state}`,
    ...(request.quarantine ? [] : unknownCacheNotes(cacheRequirement(context, verdict))),
  ];
  const report = impactOf(context, prepared, targets, notes)!;
  const run = { ...report.run, ...refusalRows(refused) };
  return { report: { kind: 'removal', ...report, run }, error: undefined };
}

/**
 * The plan of `rm`, for saving.
 * @param preview refusals are reported instead of thrown
 */
export async function planRemoval(
  context: Context,
  targets: readonly string[],
  preview = true,
): Promise<Prepared> {
  const selection = namedSelection(context.options, targets);
  return planFor(context, { selection, ...(preview ? { preview } : {}) });
}

/** @throws RegsweepError `usage` */
function namedSelection(options: Options, targets: readonly string[]): Selection {
  for (const text of targets) checkTarget(text);
  return {
    ...selectionOf({ ...options, policy: undefined }),
    deleteUntagged: false,
    orphanSignatures: false,
    kinds: NAMED_KINDS,
    targets,
  };
}
