/** Writes a plan to a file, or to stdout in the same form. */
import { resolve } from 'node:path';
import { planNotes } from '../../../app/plan/kept-notes.js';
import { planFileLines, writePlan } from '../../../app/plan/plan.js';
import type { Prepared } from '../../../app/plan/prepare/prepared.js';
import { refusalRows } from '../../../app/plan/prepare/preview-refusals.js';
import { whereOf } from '../../../app/where.js';
import type { WrittenReport } from '../../../report/model/model.js';
import { whatGoes } from '../../../report/text/changes/plan.js';
import { wrapText } from '../../../report/wrap.js';
import { refuseExisting, STDOUT } from '../../../util/disk/atomic-write.js';
import { usageError } from '../../../util/errors.js';
import { shellWord } from '../../../util/shell-quote.js';
import { type CommandContext, print } from '../../context.js';
import { previewExit } from '../errors/preview-exit.js';
import { render } from '../render.js';

/** A plan that is to be written to a file. */
export interface Unsaved {
  readonly summary: string;
  /** The command that executes it. */
  readonly command: 'sweep' | 'trash purge';
  lines(): Iterable<string>;
  write(file: string, force: boolean): Promise<WrittenReport>;
}

/** Prints text for users on stderr if stdout has machine-readable output. */
export async function savePlan(
  context: CommandContext,
  { summary, command, lines, write }: Unsaved,
  output: string,
): Promise<void> {
  const { settings, log } = context;
  if (output === STDOUT) {
    await print(context, lines());
    log.note(summary);
    return;
  }
  const written = await write(output, settings.force);
  const file = shellWord(resolve(output));
  const next = [
    ...(settings.approval === undefined ? [] : [`have it approved: regsweep plan approve ${file}`]),
    `apply it with: regsweep ${command} ${whereOf(settings)} --plan ${file}`,
  ];
  if (settings.format === 'table') {
    if (!settings.quiet) {
      const text = [summary, ...next, ''].join('\n');
      await print(context, [wrapText(text, context.terminal.width)]);
    }
    return;
  }
  await render(context, { kind: 'written', ...written });
  for (const line of next) log.note(line);
}

export const outputPlan = (
  context: CommandContext,
  prepared: Prepared,
  output: string,
): Promise<void> =>
  savePlan(
    context,
    {
      summary: whatGoes(prepared.totals),
      command: 'sweep',
      lines: () => planFileLines(context, prepared),
      write: (file, force) => writePlan(context, prepared, file, force),
    },
    output,
  );

/**
 * Saves the plan for `-o FILE`. Changes nothing else.
 * @returns the exit code
 */
export async function planTo(
  context: CommandContext,
  output: string,
  prepare: () => Promise<Prepared>,
): Promise<number> {
  refuseExisting(output, context.settings.force);
  const prepared = await prepare();
  for (const note of planNotes(prepared)) context.log.note(note);
  await outputPlan(context, prepared, output);
  const { refusals } = refusalRows(prepared.refused);
  return previewExit(context, refusals, prepared.totals.actions > 0);
}

/** @throws RegsweepError `usage` if a command that changes the tree got `-o` without `--dry-run` */
export function requireDryRun({ settings }: CommandContext): void {
  if (settings.dryRun) return;
  throw usageError('-o saves a plan and needs --dry-run', 'add --dry-run, or leave out -o');
}
