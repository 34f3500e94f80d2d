/**
 * Finds runs whose journal can't be used. Nothing of them is deleted; other runs are not affected.
 */
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

/**
 * @returns the run; undefined without a journal; an error if the journal is damaged or belongs to
 *   another tree
 */
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
      remedy: 'check the run folder; the files in its trash were not changed',
    });
  }
}

/** @returns why the run's journal can't be used; undefined for a valid or a missing journal */
export function damageOf(state: SweepState, id: string): RegsweepError | undefined {
  const run = readRunOrProblem(state, id);
  return run instanceof RegsweepError ? run : undefined;
}

/** Whether the run has an undamaged journal of this tree. */
export function isUsable(state: SweepState, id: string): boolean {
  const run = readRunOrProblem(state, id);
  return run !== undefined && !(run instanceof RegsweepError);
}

/**
 * Whether the trash has items that no journal lists: the journal was lost, is in another state
 * directory, or is older than the trash. Such a run is restored by the paths in its trash.
 */
export function hasNoJournal(state: SweepState, id: string): boolean {
  const run = readRunOrProblem(state, id);
  if (run instanceof RegsweepError) return false;
  return (run === undefined || (run.open === undefined && !run.anyInTrash)) && hasItems(state, id);
}

/** Whether the run's trash contains any item. */
export function hasItems(state: SweepState, id: string): boolean {
  if (!fs.existsSync(fsPath(state.trashPath(id)))) return false;
  for (const _ of salvageItems(state, id)) return true;
  return false;
}

export const damagedRuns = (state: SweepState): DamagedRun[] =>
  runIds(state).flatMap((runId) => {
    const problem = damageOf(state, runId);
    return problem === undefined ? [] : [{ runId, problem }];
  });
