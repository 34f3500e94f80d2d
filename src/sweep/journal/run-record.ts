/** Makes the header of a run's journal. */
import type { ExecuteInput } from '../model/input.js';
import { bornOf } from '../state/identity.js';
import { JOURNAL_VERSION, type RunRecord } from './records.js';

export function runRecord(input: ExecuteInput, isInPlace: boolean): RunRecord {
  const { runId, command, planId, tree, options, state } = input;
  const born = bornOf(tree);
  return {
    t: 'run',
    v: JOURNAL_VERSION,
    id: runId,
    command,
    planId,
    startedAt: input.startedAt ?? new Date().toISOString(),
    quarantine: options.quarantine,
    ...(isInPlace ? { inPlace: true } : {}),
    store: {
      filesystemId: tree.filesystemId,
      inode: tree.inode,
      ...(state.treeId === undefined ? {} : { tree: state.treeId }),
      ...(born === undefined ? {} : { born }),
    },
  };
}
