import { EXIT } from '../../errors.js';
import { checkReport } from '../../report/analyze.js';
import { type Context, treeOf } from '../context.js';
import { render, runInfo } from '../render.js';
import { selectionOf } from '../selection.js';
import { readNow } from '../stages.js';
import { isDamage } from './analyze.js';

export async function run(context: Context): Promise<number> {
  const { settings } = context;
  const tree = await treeOf(context);
  const facts = await readNow(context, tree, selectionOf(settings), {
    keepFindings: Number.POSITIVE_INFINITY,
    readLayerLinks: true,
  });
  const report = checkReport(facts, runInfo(context));
  await render(context, { kind: 'check', ...report });
  const damaged = report.findings.some(({ severity }) => isDamage(severity));
  return settings.detailedExitcode && damaged ? EXIT.detailed : EXIT.done;
}
