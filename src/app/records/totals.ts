/** The size of the quarantine, for commands that only read. */
import type { Quarantined } from '../../report/model/model.js';
import type { StorageTree } from '../../storage/port.js';
import { listRuns, openState } from '../../sweep/index.js';

/** @param except a run that doesn't count */
export function quarantined(
  tree: StorageTree,
  stateDir: string | undefined,
  except?: string,
): Quarantined {
  const runs = listRuns(openState(tree, stateDir), except).filter(
    ({ bytes, items }) => items > 0 || bytes > 0,
  );
  return {
    runs: runs.length,
    bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0),
    diskBytes: runs.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
  };
}
