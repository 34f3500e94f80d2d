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
  const errors = refusals.map(asError);
  for (const error of byRemedy(refusals).map(asError))
    log.warn(`warning: a run would be refused now: ${errorText(error)}`);
  if (!settings.detailedExitcode) return EXIT.done;
  const [first] = errors;
  if (first !== undefined) return exitCodeOf(first);
  return isWanting ? EXIT.detailed : EXIT.done;
}

const asError = ({ code, message, ...rest }: RefusalRow): RegsweepError =>
  new RegsweepError(code, message, rest);

/** One row for refusals that the same option resolves. */
function byRemedy(refusals: readonly RefusalRow[]): RefusalRow[] {
  const rows = new Map<string, RefusalRow>();
  for (const refusal of refusals) {
    const key = `${refusal.code} ${refusal.path} ${refusal.remedy ?? refusal.message}`;
    const before = rows.get(key);
    const message = before === undefined ? '' : `${before.message}\n  `;
    rows.set(key, { ...refusal, message: `${message}${refusal.message}` });
  }
  return [...rows.values()];
}

/** A finding for which `--detailed-exitcode` sets the exit code. */
export const isDamage = (severity: string): boolean =>
  severity === 'unsafe' || severity === 'damaged';
