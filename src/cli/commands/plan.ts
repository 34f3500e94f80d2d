import { statSync } from 'node:fs';
import { makePlan, planFileLines } from '../../app/plan/plan.js';
import { planReport } from '../../app/plan/plan-report.js';
import { keptNotes, type Prepared } from '../../app/plan/prepare-plan.js';
import { whereOf } from '../../app/where.js';
import { whatGoes } from '../../report/text/plan.js';
import { refuseExisting, STDOUT, writeWhole } from '../../util/atomic-write.js';
import { EXIT } from '../../util/errors.js';
import { shellWord } from '../../util/shell-quote.js';
import { type CommandContext, print } from '../context.js';
import { render } from '../output/render.js';

export async function run(context: CommandContext): Promise<number> {
  const { settings } = context;
  const { output } = settings;
  if (output !== undefined) refuseExisting(output, settings.force);
  const prepared = await makePlan(context);
  if (output === undefined) {
    await render(context, { kind: 'plan', ...planReport(context, prepared) });
  } else {
    for (const note of keptNotes(prepared)) context.log.note(note);
    await writePlan(context, prepared, output);
  }
  return settings.detailedExitcode && prepared.totals.actions > 0 ? EXIT.detailed : EXIT.done;
}

/** Where stdout is for a machine, what people are told goes to stderr. */
export async function writePlan(
  context: CommandContext,
  prepared: Prepared,
  output: string,
): Promise<void> {
  const { settings, log } = context;
  const { header, totals } = prepared;
  if (output === STDOUT) {
    await print(context, planFileLines(context, prepared));
    log.note(whatGoes(totals));
    return;
  }
  await writeWhole(output, planFileLines(context, prepared), settings.force);
  const next = `carry it out with: regsweep sweep ${whereOf(settings)} --plan ${shellWord(output)}`;
  if (settings.format === 'table') {
    if (!settings.quiet) await print(context, [`${whatGoes(totals)}\n${next}\n`]);
    return;
  }
  const { id, root } = header;
  const { size: bytes } = statSync(output);
  await render(context, {
    kind: 'written',
    schemaVersion: 1,
    root,
    file: output,
    bytes,
    id,
    totals,
  });
  log.note(next);
}
