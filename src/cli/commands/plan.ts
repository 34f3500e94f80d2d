import { makePlan } from '../../app/plan/plan.js';
import { planReport } from '../../app/plan/plan-report.js';
import { refusalRows } from '../../app/plan/prepare/preview-refusals.js';
import type { CommandContext } from '../context.js';
import { previewExit } from '../output/errors/preview-exit.js';
import { planTo } from '../output/files/plan-file.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const { all, output } = context.settings;
  if (output !== undefined) return planTo(context, output, () => makePlan(context));
  const prepared = await makePlan(context);
  await render(context, { kind: 'plan', view: { all }, ...planReport(context, prepared) });
  const { refusals } = refusalRows(prepared.refused);
  return previewExit(context, refusals, prepared.totals.actions > 0);
}
