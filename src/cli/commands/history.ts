import { EXIT } from '../../errors.js';
import { HistorySummary } from '../../history/growth.js';
import { historyFile, readHistory } from '../../history/records.js';
import { historyReport } from '../../report/history.js';
import { openState } from '../../sweep/index.js';
import { type Context, treeOf } from '../context.js';
import { diskSpace } from '../disk-space.js';
import { repositoryMatcher } from '../globs.js';
import { render } from '../render.js';
import { tellUnmatched } from '../scope.js';

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
