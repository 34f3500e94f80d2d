/** `history`: the growth of the tree, and when the disk will be full. */
import { HistorySummary } from '../../../history/growth.js';
import { historyFile, readHistory } from '../../../history/records.js';
import { historyReport } from '../../../report/build/history.js';
import type { HistoryReport } from '../../../report/model/model.js';
import { openState } from '../../../sweep/index.js';
import { diskSpace } from '../../../util/disk/disk-space.js';
import { repositoryMatcher } from '../../../util/pattern/glob-list.js';
import { type Context, treeOf } from '../../context.js';
import { tellUnmatched } from '../../scan/unmatched-globs.js';

export async function history(context: Context): Promise<HistoryReport> {
  const { options, startedAtMs, version } = context;
  const tree = await treeOf(context);
  const { base } = openState(tree, options.stateDir);
  const sinceMs = options.since === undefined ? undefined : startedAtMs - options.since * 1000;
  const summary = new HistorySummary(sinceMs ?? Number.NEGATIVE_INFINITY);
  const { damagedLines } = await readHistory(historyFile(base), (line) => summary.take(line));
  if (damagedLines > 0) {
    context.log.warn(`${historyFile(base)}: incomplete records skipped: ${damagedLines}`);
  }
  const { firstListing, lastListing } = summary;
  const listings = [...(firstListing?.repositories ?? []), ...(lastListing?.repositories ?? [])];
  if (listings.length > 0) {
    tellUnmatched(
      context,
      listings.map(([name]) => name),
    );
  }
  return historyReport({
    root: tree.rootDirectory,
    run: { at: new Date(startedAtMs).toISOString(), version },
    nowMs: startedAtMs,
    sinceMs,
    summary,
    damagedLines,
    disk: diskSpace(tree.v2),
    shows: repositoryMatcher(options.repo, options.exclude),
    top: options.top,
  });
}
