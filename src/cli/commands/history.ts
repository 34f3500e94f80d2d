import { type Context, treeOf } from '../../app/context.js';
import { tellUnmatched } from '../../app/scan/unmatched-globs.js';
import { HistorySummary } from '../../history/growth.js';
import { historyFile, readHistory } from '../../history/records.js';
import { historyReport } from '../../report/build/history.js';
import { openState } from '../../sweep/index.js';
import { diskSpace } from '../../util/disk-space.js';
import { EXIT } from '../../util/errors.js';
import { repositoryMatcher } from '../../util/glob-list.js';
import { render } from '../output/render.js';

export async function run(context: Context): Promise<number> {
  const { settings, startedAtMs, version } = context;
  const tree = await treeOf(context);
  const { base } = openState(tree, settings.stateDir);
  const sinceMs = settings.since === undefined ? undefined : startedAtMs - settings.since * 1000;
  const summary = new HistorySummary(sinceMs ?? Number.NEGATIVE_INFINITY);
  const { damagedLines } = await readHistory(historyFile(base), (line) => summary.take(line));
  if (damagedLines > 0) {
    context.log.warn(
      `${historyFile(base)}: records left out, as they were cut short: ${damagedLines}`,
    );
  }
  const { firstListing, lastListing } = summary;
  const listings = [...(firstListing?.repositories ?? []), ...(lastListing?.repositories ?? [])];
  if (listings.length > 0) {
    tellUnmatched(
      context,
      listings.map(([name]) => name),
    );
  }
  const report = historyReport({
    root: tree.rootDirectory,
    run: { at: new Date(startedAtMs).toISOString(), version },
    nowMs: startedAtMs,
    sinceMs,
    summary,
    damagedLines,
    disk: diskSpace(tree.v2),
    shows: repositoryMatcher(settings.repo),
    top: settings.top,
  });
  await render(context, { kind: 'history', ...report });
  return EXIT.done;
}
