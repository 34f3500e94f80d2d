import { keptNotes } from '../../app/plan/kept-notes.js';
import { makePlan } from '../../app/plan/plan.js';
import { planReport } from '../../app/plan/plan-report.js';
import { refusalRows } from '../../app/plan/prepare/preview-refusals.js';
import { refuseExisting } from '../../util/disk/atomic-write.js';
import type { CommandContext } from '../context.js';
import { previewExit } from '../output/errors/refusals.js';
import { outputPlan } from '../output/files/plan-file.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const { settings } = context;
  const { output } = settings;
  if (output !== undefined) refuseExisting(output, settings.force);
  const prepared = await makePlan(context);
  if (output === undefined) {
    const view = { all: settings.all };
    await render(context, { kind: 'plan', view, ...planReport(context, prepared) });
  } else {
    for (const note of keptNotes(prepared)) context.log.note(note);
    await outputPlan(context, prepared, output);
  }
  const { refusals } = refusalRows(prepared.refused);
  return previewExit(context, refusals, prepared.totals.actions > 0);
}
