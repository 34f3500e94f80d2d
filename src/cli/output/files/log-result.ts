/** The event `result` of `--log-file`: what a run changed, without the lists of its report. */
import type { Report } from '../../../report/model/model.js';

/** @returns undefined for a report that is not of a changing run */
export function loggedResult(report: Report): Record<string, unknown> | undefined {
  if (report.kind === 'change') {
    const { root, state, run, quarantine, moved, deleted, bytes, diskBytes, folderDiskBytes } =
      report;
    const { purged, skippedCount, guard } = report;
    const runId = run.id ?? undefined;
    const amounts = { moved, deleted, bytes, diskBytes, folderDiskBytes, purged, skippedCount };
    return { root, state, runId, guard, quarantine, ...amounts, downtimeMs: run.downtimeMs };
  }
  if (report.kind !== 'outcome') return undefined;
  const { root, state, dryRun, runs, items, bytes, diskBytes, folderDiskBytes } = report;
  const problems = report.problems.length;
  return { root, state, dryRun, runs, items, bytes, diskBytes, folderDiskBytes, problems };
}
