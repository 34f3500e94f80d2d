/** Which runs `--run` and `--older-than` mean. */

import type { Verdict } from '../../guard/model/types.js';
import type { PurgeFile } from '../../plan/file/purge-plan.js';
import type { RunSummary } from '../../sweep/index.js';
import { formatDuration } from '../../util/duration.js';
import { usageError } from '../../util/errors.js';

export interface PurgeChoice {
  /** Runs by id; none means all. */
  readonly run: readonly string[];
  /** Seconds that a run must have lain in quarantine. */
  readonly minAge: number;
  /** No other runs than this lists. */
  readonly file?: PurgeFile;
}

/** Where instances elsewhere may hold the tree, a run is purged only after this many seconds. */
const REMOTE_MIN_AGE = 86_400;

/** Seconds that a run has lain in quarantine; one that doesn't tell is new. */
export const ageOf = ({ startedAt }: Pick<RunSummary, 'startedAt'>, nowMs: number): number =>
  startedAt === undefined ? 0 : (nowMs - Date.parse(startedAt)) / 1000;

/** @throws RegsweepError `usage` */
export function requireRuns(named: readonly string[], known: readonly string[]): void {
  for (const id of named) {
    if (!known.includes(id)) throw usageError(`--run: there is no run ${id} in quarantine`);
  }
}

/** What a purge takes, and why it leaves the others. */
export function chooseRuns(
  all: readonly RunSummary[],
  choice: PurgeChoice,
  verdict: Pick<Verdict, 'state'>,
  nowMs: number,
): { runs: RunSummary[]; notes: string[] } {
  const { run } = choice;
  const isRemote = verdict.state === 'read-only-remote';
  const minAge = Math.max(choice.minAge, isRemote ? REMOTE_MIN_AGE : 0);
  requireRuns(
    run,
    all.map(({ runId }) => runId),
  );
  const notes: string[] = [];
  const runs = all.filter((one) => {
    const { runId, state, problem } = one;
    if (run.length > 0 && !run.includes(runId)) return false;
    const isOld = ageOf(one, nowMs) >= minAge;
    if (state !== 'no-journal' && state !== 'damaged' && isOld) return true;
    const why =
      state === 'no-journal'
        ? `its journal is lost or lies in another --state-dir; trash restore --run ${runId} brings it back`
        : state === 'damaged'
          ? `${problem}; trash restore --run ${runId} brings back what lies in it`
          : `it is newer than ${formatDuration(minAge)}`;
    notes.push(`run ${runId} stays: ${why}`);
    return false;
  });
  return { runs, notes };
}
