/** Registry processes that may have cached the blobs of a run. Pure. */
import type { SeenRegistry } from '../../../guard/model/types.js';
import type { RunSummary } from '../../../sweep/index.js';

type Ended = Pick<RunSummary, 'endedAt' | 'ended'>;

/** A registry that may have been started before the last of the runs ended. */
export function cachingRegistryOf(
  runs: readonly Ended[],
  registries: readonly SeenRegistry[],
): SeenRegistry | undefined {
  return registries.find((registry) => !runs.every((run) => startedAfter(registry, run)));
}

/**
 * Compares by the kernel's monotonic clock within one boot, because the time of day may have been
 * corrected. Otherwise by the time of day. If the run's end is unknown, the result is false.
 */
function startedAfter({ started, startedAtMs }: SeenRegistry, { ended, endedAt }: Ended): boolean {
  if (started !== undefined && ended !== undefined && started.boot === ended.boot) {
    return started.uptimeMs > ended.uptimeMs;
  }
  return startedAtMs > Date.parse(endedAt ?? '');
}
