/** Runs whose journal can't be used. Nothing of them is ended; the other runs go on without them. */
import fs from 'node:fs';
import { fsPath } from '../../storage/names.js';
import { errnoOf, messageOf, RegsweepError } from '../../util/errors.js';
import { runIds, type SweepState } from '../state/state.js';
import { salvageItems } from './items-from-paths.js';
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
    const why = messageOf(error);
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

/**
 * No journal tells of what lies in its trash: it was lost, lies in another state directory, or is
 * older than what it should tell of. Such a run comes back by its paths.
 */
export function hasNoJournal(state: SweepState, id: string): boolean {
  const run = readRunOrProblem(state, id);
  if (run instanceof RegsweepError) return false;
  return (run === undefined || (run.open === undefined && !run.anyInTrash)) && holdsAny(state, id);
}

/** Something of a tree lies in its trash. */
export function holdsAny(state: SweepState, id: string): boolean {
  if (!fs.existsSync(fsPath(state.trashPath(id)))) return false;
  for (const _ of salvageItems(state, id)) return true;
  return false;
}

export const damagedRuns = (state: SweepState): DamagedRun[] =>
  runIds(state).flatMap((runId) => {
    const problem = damageOf(state, runId);
    return problem === undefined ? [] : [{ runId, problem }];
  });
