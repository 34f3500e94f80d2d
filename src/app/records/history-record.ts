/** Writes a record of each run's totals, for `history` and `analyze --since`. */

import type { Facts } from '../../facts/types.js';
import type { Marks } from '../../graph/types.js';
import {
  appendHistory,
  type HistoryLine,
  historyFile,
  REPOSITORIES_KEPT,
} from '../../history/records.js';
import { analyzeTotals } from '../../report/build/analyze.js';
import { jsonName } from '../../report/build/names.js';
import type { AnalyzeTotals, OutcomeReport } from '../../report/model/model.js';
import type { StorageTree } from '../../storage/port.js';
import type { SweepResult, SweepState } from '../../sweep/index.js';
import { errnoOf, messageOf } from '../../util/errors.js';
import type { Context } from '../context.js';
import { existingState } from './state-folder.js';
import { quarantined } from './totals.js';

function totalsLine(totals: AnalyzeTotals): NonNullable<HistoryLine['totals']> {
  const { repositories, tags, manifests, blobs, bytes, diskBytes, garbage } = totals;
  return {
    ...{ repositories, tags, manifests, blobs, bytes, diskBytes },
    garbageDiskBytes: garbage.diskBytes,
    quarantinedDiskBytes: totals.quarantined.diskBytes,
    uploadDiskBytes: totals.uploadDiskBytes,
  };
}

/** @param repositories names and sizes */
export function analyzeLine(
  context: Context,
  totals: AnalyzeTotals,
  repositories: readonly (readonly [string, number])[],
): HistoryLine {
  return {
    v: 1,
    at: new Date(context.startedAtMs).toISOString(),
    command: context.command,
    totals: totalsLine(totals),
    repositories: [...repositories]
      .sort((a, b) => b[1] - a[1])
      .slice(0, REPOSITORIES_KEPT)
      .map(([name, bytes]) => [jsonName(name), bytes]),
  };
}

/**
 * For commands that only read: writes a record if the state folder exists and is writable.
 * @returns whether a record was written
 */
export function recordReading(context: Context, tree: StorageTree, line: HistoryLine): boolean {
  try {
    const state = existingState(tree, context.options);
    if (state !== undefined) appendHistory(historyFile(state.base), line);
    return state !== undefined;
  } catch (error) {
    if (errnoOf(error)?.startsWith('E') === true) return false;
    throw error;
  }
}

/** The run itself has succeeded. So a record that can't be written is a note, and not a failure. */
function recordChange(context: Context, state: SweepState, line: HistoryLine): void {
  try {
    appendHistory(historyFile(state.base), line);
  } catch (error) {
    context.log.warn(`the run is missing from the history: ${messageOf(error)}`);
  }
}

/** Records the totals from before the removal. */
export function recordSweep(
  context: Context,
  state: SweepState,
  { facts, marks }: { readonly facts: Facts; readonly marks: Marks },
  { runId, bytes, diskBytes, deleted, moved, state: end }: SweepResult,
): void {
  const held = quarantined(facts.tree, context.options.stateDir, runId);
  const totals = analyzeTotals({ facts, marks, quarantined: held });
  recordChange(context, state, {
    v: 1,
    at: new Date(context.now()).toISOString(),
    command: context.command,
    runId,
    state: end,
    totals: totalsLine(totals),
    changed: {
      items: Object.values(moved).reduce((sum, number) => sum + number, 0),
      bytes,
      diskBytes,
      freedBytes: deleted ? diskBytes : 0,
    },
  });
}

/** For `trash restore` and `trash purge`. */
export function recordOutcome(context: Context, state: SweepState, report: OutcomeReport): void {
  const { items, bytes, diskBytes } = report;
  if (items === 0) return;
  recordChange(context, state, {
    v: 1,
    at: new Date(context.now()).toISOString(),
    command: context.command,
    state: report.state,
    changed: {
      ...{ items, bytes, diskBytes },
      freedBytes: context.command === 'trash restore' ? 0 : diskBytes,
    },
  });
}
