import { EXIT } from '../../errors.js';
import { usage } from '../../graph/usage.js';
import { ACTION_KINDS } from '../../plan/types.js';
import { analyzeReport } from '../../report/analyze.js';
import type { AnalyzeReport } from '../../report/model.js';
import { type Context, treeOf } from '../context.js';
import { quarantined } from '../quarantine.js';
import { render, runInfo } from '../render.js';
import { repositoryMatcher, selectionOf } from '../selection.js';
import { look } from '../stages.js';

/** `--repo` narrows what is shown; what is garbage is told of the whole tree. */
export async function run(context: Context): Promise<number> {
  const { settings } = context;
  const tree = await treeOf(context);
  const selection = { ...selectionOf(settings), repo: [], kinds: ACTION_KINDS };
  const { facts, marks } = await look(context, tree, selection, { depth: 'brief' });
  const report = analyzeReport({
    facts,
    marks,
    usage: usage(facts, marks),
    quarantined: quarantined(tree, settings.stateDir),
    run: runInfo(context),
    shows: repositoryMatcher(settings.repo),
    details: settings.details,
  });
  await render(context, { kind: 'analyze', ...report });
  return settings.detailedExitcode && isWanting(report) ? EXIT.detailed : EXIT.done;
}

function isWanting({ totals, findings }: AnalyzeReport): boolean {
  return totals.garbage.blobs > 0 || findings.some(({ severity }) => isDamage(severity));
}

export const isDamage = (severity: string): boolean =>
  severity === 'unsafe' || severity === 'damaged';
