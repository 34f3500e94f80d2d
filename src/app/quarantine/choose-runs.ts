/** Selects quarantined runs by `--run` and `--older-than`. */

import type { Verdict } from '../../guard/model/types.js';
import type { PurgeFile } from '../../plan/file/purge-plan.js';
import type { RunSummary } from '../../sweep/index.js';
import { formatDuration } from '../../util/duration.js';
import { usageError } from '../../util/errors.js';
import type { Options } from '../options.js';
import { whereOf } from '../where.js';

export interface PurgeChoice {
  /** IDs of runs; an empty list means all. */
  readonly run: readonly string[];
  /** Minimum time in quarantine, in seconds. */
  readonly minAge: number;
  /** Only runs in this list are selected. */
  readonly file?: PurgeFile;
}

/** If registries on other hosts may use the tree, a run is purged only after this many seconds. */
const REMOTE_MIN_AGE = 86_400;

/** Seconds since the run; 0 if its time is unknown. */
export const ageOf = ({ startedAt }: Pick<RunSummary, 'startedAt'>, nowMs: number): number =>
  startedAt === undefined ? 0 : (nowMs - Date.parse(startedAt)) / 1000;

/** @throws RegsweepError `usage` if a run of `--run` is not among `known` */
export function requireRuns(
  options: Pick<Options, 'run' | 'root' | 'stateDir'>,
  known: readonly string[],
): void {
  const missing = options.run.find((id) => !known.includes(id));
  if (missing === undefined) return;
  throw usageError(
    `--run: there is no run ${missing} in quarantine`,
    `to list the runs:\nregsweep trash list ${whereOf(options)}`,
  );
}

/** The runs that a purge deletes, and the reasons why it keeps the others. */
export function chooseRuns(
  all: readonly RunSummary[],
  choice: PurgeChoice,
  verdict: Pick<Verdict, 'state'>,
  nowMs: number,
): { runs: RunSummary[]; notes: string[] } {
  const { run } = choice;
  const isRemote = verdict.state === 'read-only-remote';
  const minAge = Math.max(choice.minAge, isRemote ? REMOTE_MIN_AGE : 0);
  const notes: string[] = [];
  const runs = all.filter((one) => {
    const { runId, state, problem } = one;
    if (run.length > 0 && !run.includes(runId)) return false;
    const isOld = ageOf(one, nowMs) >= minAge;
    if (state !== 'no-journal' && state !== 'damaged' && isOld) return true;
    const why =
      state === 'no-journal'
        ? `its journal is lost or in another --state-dir; restore it with trash restore --run ${runId}`
        : state === 'damaged'
          ? `${problem}; restore its content with trash restore --run ${runId}`
          : `it is newer than ${formatDuration(minAge)}`;
    notes.push(`run ${runId} is kept: ${why}`);
    return false;
  });
  return { runs, notes };
}
