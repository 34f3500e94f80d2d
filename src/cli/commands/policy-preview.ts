import { EXIT } from '../../errors.js';
import { ACTION_KINDS } from '../../plan/types.js';
import { previewReport } from '../../report/preview.js';
import { type Context, treeOf } from '../context.js';
import { decideNow, NO_DECISIONS } from '../decisions.js';
import { refuseForeign } from '../foreign.js';
import { readPolicy } from '../policy-file.js';
import { policyOf } from '../policy-source.js';
import { render, runInfo } from '../render.js';
import { type Selection, selectionOf } from '../selection.js';
import { markNow, readNow } from '../stages.js';

/** Both marks are plain ones, so that what they differ in is the policy's doing. */
export async function run(context: Context): Promise<number> {
  const source = readPolicy(context.subject ?? '');
  const policy = policyOf(source);
  const selection: Selection = {
    ...selectionOf({ ...context.settings, policy: undefined }),
    policy: source,
    deleteUntagged: false,
    orphanSignatures: false,
    kinds: ACTION_KINDS,
  };
  refuseForeign(context, selection);
  const tree = await treeOf(context);
  const facts = await readNow(context, tree, selection);
  const before = markNow(facts, selection, undefined, NO_DECISIONS);
  const decisions = decideNow(facts, selection);
  const after = markNow(facts, selection, undefined, decisions);
  const report = previewReport({
    policy,
    facts,
    before,
    after,
    decided: decisions.policy ?? [],
    run: runInfo(context),
  });
  await render(context, { kind: 'preview', ...report });
  return EXIT.done;
}
