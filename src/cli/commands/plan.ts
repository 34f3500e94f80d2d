import { statSync } from 'node:fs';
import { type Context, print, treeOf } from '../../app/context.js';
import { requestOf } from '../../app/plan/plan-file.js';
import { planReport } from '../../app/plan/plan-report.js';
import { keptNotes, type Prepared, preparePlan } from '../../app/plan/prepare-plan.js';
import { planLines } from '../../plan/codec.js';
import { whatGoes } from '../../report/text/plan.js';
import { openState } from '../../sweep/index.js';
import { EXIT } from '../../util/errors.js';
import { sha256 } from '../../util/sha256.js';
import { shellWord } from '../../util/shell-quote.js';
import { render } from '../output/render.js';
import { whereOf } from '../output/where.js';
import { refuseExisting, STDOUT, writeWhole } from '../output/write.js';

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
    await write(context, prepared, output);
  }
  return settings.detailedExitcode && prepared.totals.actions > 0 ? EXIT.detailed : EXIT.done;
}

/** Where stdout is for a machine, what people are told goes to stderr. */
async function write(context: Context, prepared: Prepared, output: string): Promise<void> {
  const { settings, log } = context;
  const { header, totals } = prepared;
  if (output === STDOUT) {
    await print(context, lines(context, prepared));
    log.note(whatGoes(totals));
    return;
  }
  await writeWhole(output, lines(context, prepared), settings.force);
  const next = `carry it out with: regsweep sweep ${whereOf(context)} --plan ${shellWord(output)}`;
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

function* lines(context: Context, { header, items }: Prepared): Generator<string> {
  const createdAt = new Date(context.startedAtMs).toISOString();
  const { version } = context;
  for (const line of planLines(header, { createdAt, version }, items(), sha256)) yield `${line}\n`;
}
