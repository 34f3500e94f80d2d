/** Ends a changing command: prints its report, then throws its error or returns its exit code. */
import type { Finished } from '../../app/context.js';
import type { ChangeReport } from '../../report/model/model.js';
import { EXIT } from '../../util/errors.js';
import { type CommandContext, doneBefore } from '../context.js';
import { previewExit } from './errors/preview-exit.js';
import { render } from './render.js';

const EXITS: Readonly<Record<ChangeReport['state'], number>> = {
  done: EXIT.done,
  'nothing-to-do': EXIT.done,
  declined: EXIT.failed,
  partial: EXIT.partial,
  interrupted: EXIT.interrupted,
  'rolled-back': EXIT.guard,
};

/** @throws RegsweepError the use case's error, after the report was printed */
export async function finish(
  context: CommandContext,
  { report, error }: Finished,
): Promise<number> {
  const { all } = context.settings;
  await render(context, report.kind === 'plan' ? { ...report, view: { all } } : report);
  const isDeclined = 'state' in report && report.state === 'declined';
  if (isDeclined) context.log.warn(`declined; ${doneBefore(context.tally)}`);
  const isOutcome = report.kind === 'outcome';
  if (error !== undefined && !(isOutcome && error.code === 'interrupted')) throw error;
  switch (report.kind) {
    case 'change':
      return EXITS[report.state];
    case 'outcome':
      return EXITS[report.state];
    case 'plan':
      return previewExit(context, report.run.refusals, report.totals.actions > 0);
    case 'removal':
      return previewExit(context, report.run.refusals, report.removed.length > 0);
    default:
      return EXIT.done;
  }
}
