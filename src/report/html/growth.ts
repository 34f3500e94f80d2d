/** The earlier scans and this one as points of the chart. */
import type { AnalyzeReport } from '../model/model.js';
import type { PagePoint } from './data.js';

/** More points than a chart can show. */
const POINTS = 200;

/**
 * @param history earlier scans, oldest first; scans with a future date are ignored
 * @returns at most 200 points, the last one of each interval; empty without a history
 */
export function growthOf(
  history: readonly PagePoint[],
  { run, totals }: Pick<AnalyzeReport, 'run' | 'totals'>,
): PagePoint[] {
  const now: PagePoint = {
    atMs: Date.parse(run.scannedAt),
    diskBytes: totals.diskBytes,
    garbageDiskBytes: totals.garbage.diskBytes,
    quarantinedDiskBytes: totals.quarantined.diskBytes,
  };
  const before = history.filter(({ atMs }) => atMs < now.atMs);
  if (before.length === 0) return [];
  const start = before[0]!.atMs;
  const step = (now.atMs - start) / (POINTS - 2);
  const byTime = new Map(before.map((point) => [Math.floor((point.atMs - start) / step), point]));
  return [...byTime.values(), now];
}
