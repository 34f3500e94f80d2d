/** A preview shows the plan even if a run would be refused, with the reason. */
import type { RefusalRow } from '../../../report/model/common.js';
import { RegsweepError } from '../../../util/errors.js';

/** @returns the error that `work` throws, or undefined */
export function caught(work: () => void): RegsweepError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RegsweepError) return error;
    throw error;
  }
}

/** The errors as rows of a report, without duplicates. */
export function refusalRows(refusals: readonly RegsweepError[]): {
  readonly refusals?: readonly RefusalRow[];
} {
  const rows = new Map<string, RefusalRow>();
  for (const { code, message, path, remedy } of refusals) {
    rows.set(message, {
      code,
      message,
      ...(path === undefined ? {} : { path }),
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
  return rows.size === 0 ? {} : { refusals: [...rows.values()] };
}
