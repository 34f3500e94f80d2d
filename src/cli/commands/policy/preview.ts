import { type Context, treeOf } from '../../../app/context.js';
import { markWithout } from '../../../app/scan/mark-with-pins.js';
import { readNow } from '../../../app/scan/scan.js';
import { refuseForeign } from '../../../app/select/metadata-owner.js';
import { readPolicy } from '../../../app/select/policy-file.js';
import { policyOf } from '../../../app/select/policy-source.js';
import { confinedTo, decideNow, NO_DECISIONS } from '../../../app/select/removals.js';
import { type Selection, selectionOf } from '../../../app/select/selection.js';
import { measured } from '../../../plan/measure.js';
import { planTotalsOf } from '../../../plan/totals.js';
import { previewReport } from '../../../report/build/preview.js';
import { DiskReader } from '../../../storage/disk.js';
import { EXIT } from '../../../util/errors.js';
import { render, runInfo } from '../../output/render.js';
import { KINDS } from '../rm.js';

/**
 * Both marks are plain ones, so that what they differ in is the policy's doing. What it frees is
 * measured as a plan's items are: garbage and debris of other origin is not part of it.
 */
export async function run(context: Context): Promise<number> {
  const source = readPolicy(context.subject ?? '');
  const policy = policyOf(source);
  const selection: Selection = {
    ...selectionOf({ ...context.settings, policy: undefined }),
    policy: source,
    deleteUntagged: false,
    orphanSignatures: false,
    kinds: KINDS,
  };
  refuseForeign(context, selection);
  const tree = await treeOf(context);
  const facts = await readNow(context, tree, selection);
  const nothing = () => false;
  const { marks: before } = markWithout(facts, selection, nothing, NO_DECISIONS);
  const decisions = decideNow(facts, selection);
  const confined = confinedTo(before, decisions);
  const { marks: after, actions } = markWithout(facts, selection, nothing, confined);
  const freed = planTotalsOf(measured(actions, new DiskReader(tree.v2), actions.dead));
  const report = previewReport({
    policy,
    facts,
    before,
    after,
    freed,
    decided: decisions.policy ?? [],
    run: runInfo(context),
  });
  await render(context, { kind: 'preview', ...report });
  return EXIT.done;
}
