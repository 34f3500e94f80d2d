/** Warnings of a preview about refusals that a run would meet, and the preview's exit code. */
import type { RefusalRow } from '../../../report/model/common.js';
import { EXIT, exitCodeOf, RegsweepError } from '../../../util/errors.js';
import type { CommandContext } from '../../context.js';
import { errorText } from '../log.js';

/**
 * @param isWanting whether anything would be removed
 * @returns `done`, unless `--detailed-exitcode` is set
 */
export function previewExit(
  { settings, log }: Pick<CommandContext, 'settings' | 'log'>,
  refusals: readonly RefusalRow[] = [],
  isWanting: boolean,
): number {
  const errors = refusals.map(
    ({ code, message, ...rest }) => new RegsweepError(code, message, rest),
  );
  for (const error of errors) log.warn(`warning: a run would be refused now: ${errorText(error)}`);
  if (!settings.detailedExitcode) return EXIT.done;
  const [first] = errors;
  if (first !== undefined) return exitCodeOf(first);
  return isWanting ? EXIT.detailed : EXIT.done;
}

/** A finding for which `--detailed-exitcode` sets the exit code. */
export const isDamage = (severity: string): boolean =>
  severity === 'unsafe' || severity === 'damaged';
