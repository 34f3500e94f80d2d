/** A plan that goes to a file, or to stdout as one. */
import { planFileLines, writePlan } from '../../../app/plan/plan.js';
import type { Prepared } from '../../../app/plan/prepare/prepared.js';
import { whereOf } from '../../../app/where.js';
import { whatGoes } from '../../../report/text/changes/plan.js';
import { STDOUT } from '../../../util/disk/atomic-write.js';
import { shellWord } from '../../../util/shell-quote.js';
import { type CommandContext, print } from '../../context.js';
import { render } from '../render.js';

/** Where stdout is for a machine, what people are told goes to stderr. */
export async function outputPlan(
  context: CommandContext,
  prepared: Prepared,
  output: string,
): Promise<void> {
  const { settings, log } = context;
  const { totals } = prepared;
  if (output === STDOUT) {
    await print(context, planFileLines(context, prepared));
    log.note(whatGoes(totals));
    return;
  }
  const written = await writePlan(context, prepared, output, settings.force);
  const next = `apply it with: regsweep sweep ${whereOf(settings)} --plan ${shellWord(output)}`;
  if (settings.format === 'table') {
    if (!settings.quiet) await print(context, [`${whatGoes(totals)}\n${next}\n`]);
    return;
  }
  await render(context, { kind: 'written', ...written });
  log.note(next);
}
