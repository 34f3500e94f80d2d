/** A preview shows what would go even where a run would be refused; then it tells why. */
import type { RefusalRow } from '../../../report/model/common.js';
import { RegsweepError } from '../../../util/errors.js';

/** @returns the error instead of throwing it; undefined where there is none */
export function caught(work: () => void): RegsweepError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RegsweepError) return error;
    throw error;
  }
}

/** As they stand in a result, each once. */
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
