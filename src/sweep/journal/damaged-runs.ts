/** Runs whose journal can't be used. Nothing of them is ended; the other runs go on without them. */
import { errnoOf, RegsweepError } from '../../util/errors.js';
import { runIds, type SweepState } from '../state/state.js';
import { type RunFile, readRun } from './reader.js';

export interface DamagedRun {
  readonly runId: string;
  readonly problem: RegsweepError;
}

const UNUSABLE = new Set(['ELOOP', 'EISDIR', 'ENOTDIR', 'EIO', 'ENXIO']);

/** @returns the problem, where there is a journal that can't be used: damaged, or another store's */
export function readRunOrProblem(
  state: SweepState,
  id: string,
): RunFile | RegsweepError | undefined {
  try {
    return readRun(state, id);
  } catch (error) {
    if (error instanceof RegsweepError) return error;
    if (!UNUSABLE.has(errnoOf(error) ?? '')) throw error;
    const path = state.journalPath(id);
    const why = (error as Error).message;
    return new RegsweepError('failed', `the journal ${path} can't be read: ${why}`, {
      path,
      cause: error,
      remedy: 'Look at the run folder; what lies in its trash is untouched.',
    });
  }
}

export function damageOf(state: SweepState, id: string): RegsweepError | undefined {
  const run = readRunOrProblem(state, id);
  return run instanceof RegsweepError ? run : undefined;
}

/** Its journal is there and whole. */
export function isUsable(state: SweepState, id: string): boolean {
  const run = readRunOrProblem(state, id);
  return run !== undefined && !(run instanceof RegsweepError);
}

export const damagedRuns = (state: SweepState): DamagedRun[] =>
  runIds(state).flatMap((runId) => {
    const problem = damageOf(state, runId);
    return problem === undefined ? [] : [{ runId, problem }];
  });
