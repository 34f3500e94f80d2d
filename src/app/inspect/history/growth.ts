/** `analyze --since`: the growth since the first record of that period. */
import { growthBetween, HistorySummary, repositoryGrowth } from '../../../history/growth.js';
import { type HistoryLine, historyFile, readHistory } from '../../../history/records.js';
import { growthTotals, repositoryRows } from '../../../report/build/history.js';
import type { AnalyzeReport } from '../../../report/model/model.js';
import type { StorageTree } from '../../../storage/port.js';
import { diskSpace } from '../../../util/disk/disk-space.js';
import type { Context } from '../../context.js';
import { existingState } from '../../records/state-folder.js';

/** @returns null if there is no earlier record in that period */
export async function growthSince(
  context: Context,
  tree: StorageTree,
  now: HistoryLine,
): Promise<NonNullable<AnalyzeReport['run']['growth']> | null> {
  const { options, startedAtMs } = context;
  const state = existingState(tree, options);
  if (state === undefined) return null;
  const summary = new HistorySummary(startedAtMs - options.since! * 1000);
  const { damagedLines } = await readHistory(historyFile(state.base), (line) => summary.take(line));
  if (damagedLines > 0) context.log.warn(`incomplete records skipped: ${damagedLines}`);
  const growth = growthBetween(summary.first, now);
  if (growth === undefined) return null;
  const { availableBytes } = diskSpace(tree.v2);
  const repositories = repositoryRows(repositoryGrowth(summary.firstListing, now));
  return { ...growthTotals(growth, availableBytes, startedAtMs), repositories };
}
