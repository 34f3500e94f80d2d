import { EXIT } from '../../errors.js';
import { planLines } from '../../plan/codec.js';
import { whatGoes } from '../../report/text/plan.js';
import { openState } from '../../sweep/index.js';
import { type Context, print, treeOf } from '../context.js';
import { sha256 } from '../hash.js';
import { refuseExisting, writeWhole } from '../output.js';
import { requestOf } from '../plan-file.js';
import { planReport } from '../plan-report.js';
import { keptNotes, type Prepared, preparePlan } from '../planning.js';
import { render } from '../render.js';

export async function run(context: Context): Promise<number> {
  const { settings } = context;
  const { output } = settings;
  if (output !== undefined) refuseExisting(output, settings.force);
  const tree = await treeOf(context);
  const state = openState(tree, settings.stateDir);
  const prepared = await preparePlan(context, tree, state, requestOf(context));
  if (output === undefined) {
    await render(context, { kind: 'plan', ...planReport(context, prepared) });
  } else {
    for (const note of keptNotes(prepared)) context.log.note(note);
    await writeWhole(output, lines(context, prepared), settings.force);
    const next = `carry it out with: regsweep sweep --plan ${output}`;
    if (!settings.quiet) await print(context, [`${whatGoes(prepared.totals)}\n${next}\n`]);
  }
  return settings.detailedExitcode && prepared.totals.actions > 0 ? EXIT.detailed : EXIT.done;
}

function* lines(context: Context, { header, items }: Prepared): Generator<string> {
  const createdAt = new Date(context.startedAtMs).toISOString();
  const { version } = context;
  for (const line of planLines(header, { createdAt, version }, items(), sha256)) yield `${line}\n`;
}
