/** Records of earlier scans, for the page's chart. */
import { historyFile, readHistory } from '../../../history/records.js';
import type { PagePoint } from '../../../report/html/data.js';
import type { StorageTree } from '../../../storage/port.js';
import { errnoOf } from '../../../util/errors.js';
import type { Context } from '../../context.js';
import { existingState } from '../../records/state-folder.js';

/** @returns oldest first; empty if there are no records */
export async function earlierScans(
  { options, log }: Context,
  tree: StorageTree,
): Promise<PagePoint[]> {
  const state = existingState(tree, options);
  if (state === undefined) return [];
  const points: PagePoint[] = [];
  const file = historyFile(state.base);
  try {
    const { damagedLines } = await readHistory(file, ({ at, totals }) => {
      if (totals === undefined) return;
      const { diskBytes, garbageDiskBytes, quarantinedDiskBytes } = totals;
      points.push({ atMs: Date.parse(at), diskBytes, garbageDiskBytes, quarantinedDiskBytes });
    });
    if (damagedLines > 0) log.warn(`${file}: incomplete records skipped: ${damagedLines}`);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    log.warn(`No growth chart: ${(error as Error).message}`);
  }
  return points.sort((a, b) => a.atMs - b.atMs);
}
