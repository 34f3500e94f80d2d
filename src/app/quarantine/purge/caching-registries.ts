/** Registry processes that may remember what a run took away. Pure. */
import type { SeenRegistry } from '../../../guard/model/types.js';
import type { RunSummary } from '../../../sweep/index.js';

type Ended = Pick<RunSummary, 'endedAt' | 'ended'>;

/** One that was alive before the last of the runs had ended, or for all that is known was. */
export function cachingRegistryOf(
  runs: readonly Ended[],
  registries: readonly SeenRegistry[],
): SeenRegistry | undefined {
  return registries.find((registry) => !runs.every((run) => startedAfter(registry, run)));
}

/**
 * The time of day may have been corrected since: within one boot the kernel's own clock decides.
 * Runs of older versions have the time of day alone, and one that never ended has neither.
 */
function startedAfter({ started, startedAtMs }: SeenRegistry, { ended, endedAt }: Ended): boolean {
  if (started !== undefined && ended !== undefined && started.boot === ended.boot) {
    return started.uptimeMs > ended.uptimeMs;
  }
  return startedAtMs > Date.parse(endedAt ?? '');
}
