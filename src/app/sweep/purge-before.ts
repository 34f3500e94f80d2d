/** `--purge-older-than`: the quarantined runs that a sweep deletes first. */
import type { Verdict } from '../../guard/model/types.js';
import type { PurgedAmount } from '../../report/model/model.js';
import { allocation, count } from '../../report/style.js';
import { listRuns, type SweepState } from '../../sweep/index.js';
import { formatDuration } from '../../util/duration.js';
import type { Context } from '../context.js';
import { chooseRuns } from '../quarantine/choose-runs.js';
import type { FinishedOutcome } from '../quarantine/outcome.js';

/** Reports it at once, so that it is known even if the sweep fails. @throws the purge's error */
export function tellPurged(
  { log, tally, options }: Context,
  { report, error }: FinishedOutcome,
): void {
  const { runs = 0, items, bytes, diskBytes, folderDiskBytes = 0 } = report;
  const age = formatDuration(options.purgeOlderThan ?? 0);
  if (items === 0 && report.notes.length === 0) {
    log.note(`No quarantined run is older than ${age}: nothing was purged`);
  }
  if (items > 0) {
    tally.purged = { runs, items, bytes, diskBytes, folderDiskBytes };
    log.note(
      `${count(items, 'item')} of ${count(runs, 'run')} purged, ${allocation(report)} freed`,
    );
  }
  for (const note of report.notes) log.note(note);
  if (error !== undefined) throw error;
}

/** A maximum: items that are needed again, and would be restored, are not subtracted. */
export function wouldPurge(
  { options, startedAtMs }: Context,
  state: SweepState,
  verdict: Verdict,
): { amount: PurgedAmount; notes: string[] } | undefined {
  const { purgeOlderThan } = options;
  if (purgeOlderThan === undefined) return undefined;
  const choice = { run: [], minAge: purgeOlderThan };
  const { runs, notes } = chooseRuns(listRuns(state), choice, verdict, startedAtMs);
  const sum = (field: 'items' | 'bytes' | 'diskBytes' | 'folderDiskBytes'): number =>
    runs.reduce((total, run) => total + run[field], 0);
  const items = sum('items');
  const amount = {
    ...{ runs: runs.length, items, bytes: sum('bytes') },
    ...{ diskBytes: sum('diskBytes'), folderDiskBytes: sum('folderDiskBytes') },
  };
  const told = `first at most ${count(items, 'item')} of ${count(runs.length, 'run')} would be purged`;
  return {
    amount,
    notes: [`${told}, ${allocation(amount)} freed`, ...notes.map((note) => `  ${note}`)],
  };
}
