/** `policy preview`: the images that a policy expires, with the rule that decides. */
import { refusalError, refusals } from '../../plan/check.js';
import { measured } from '../../plan/measure.js';
import { planTotalsOf } from '../../plan/totals.js';
import { previewReport } from '../../report/build/preview.js';
import type { PreviewReport } from '../../report/model/model.js';
import { DiskReader } from '../../storage/disk-reader.js';
import { openState } from '../../sweep/index.js';
import { type Context, runInfo, treeOf } from '../context.js';
import { limitsOf } from '../plan/prepare/prepare-plan.js';
import { caught, refusalRows } from '../plan/prepare/preview-refusals.js';
import { markWithout } from '../scan/mark-with-pins.js';
import { readNow } from '../scan/scan.js';
import { refuseForeign } from '../select/metadata-owner.js';
import { readPolicy } from '../select/policy-file.js';
import { policyOf } from '../select/policy-source.js';
import { confinedTo, decideRemovals, NO_DECISIONS } from '../select/removals.js';
import { NAMED_KINDS, type Selection, selectionOf } from '../select/selection.js';

/**
 * Both marks use the same options except for the policy, so their difference is the effect of the
 * policy. The freed size is measured as for a plan. Other garbage and leftovers are not included.
 */
export async function previewPolicy(context: Context, file: string): Promise<PreviewReport> {
  const source = readPolicy(file);
  const policy = policyOf(source);
  const selection: Selection = {
    ...selectionOf({ ...context.options, policy: undefined }),
    policy: source,
    deleteUntagged: false,
    orphanSignatures: false,
    kinds: NAMED_KINDS,
  };
  const foreign = caught(() => refuseForeign(context, selection));
  const tree = await treeOf(context);
  const facts = await readNow(context, tree, selection);
  const { marks: before } = markWithout(facts, selection, undefined, NO_DECISIONS);
  const decisions = decideRemovals(facts, selection);
  const confined = confinedTo(before, decisions);
  const { marks: after, actions } = markWithout(facts, selection, undefined, confined);
  const freed = planTotalsOf(measured(actions, new DiskReader(tree.v2), actions.dead));
  const limits = await limitsOf(
    tree,
    openState(tree, context.options.stateDir),
    selection,
    decisions,
  );
  const refused = [
    ...(foreign === undefined ? [] : [foreign]),
    ...[...refusals(facts, after, freed, limits)].map(refusalError),
  ];
  return previewReport({
    policy,
    facts,
    before,
    after,
    freed,
    decided: decisions.policy ?? [],
    run: { ...runInfo(context), ...refusalRows(refused) },
  });
}
