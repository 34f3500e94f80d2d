import { analyze, analyzeWithOutlook } from '../../app/inspect/analyze.js';
import { TAG_KEYS } from '../../report/build/view.js';
import type { AnalyzeReport } from '../../report/model/model.js';
import { EXIT, usageError } from '../../util/errors.js';
import type { CommandContext } from '../context.js';
import { isDamage } from '../output/errors/preview-exit.js';
import { nextFlags } from '../output/next-command.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const { settings } = context;
  requireFittingSort(context);
  const { report, ...more } =
    settings.format === 'table'
      ? await analyzeWithOutlook(context)
      : { report: await analyze(context) };
  const view = {
    sort: settings.sort,
    top: settings.top,
    ...nextFlags(settings),
    ...more,
  };
  await render(context, { kind: 'analyze', view, ...report });
  return settings.detailedExitcode && isWanting(report) ? EXIT.detailed : EXIT.done;
}

function requireFittingSort({ settings: { sort, tags } }: CommandContext): void {
  if (!tags || sort === undefined || TAG_KEYS.includes(sort)) return;
  throw usageError(`--sort ${sort} is for repositories`, `tags sort by ${TAG_KEYS.join(', ')}`);
}

function isWanting({ totals, findings }: AnalyzeReport): boolean {
  return totals.garbage.blobs > 0 || findings.some(({ severity }) => isDamage(severity));
}
