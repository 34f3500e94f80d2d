/**
 * Caches that may still contain the blobs of a purge: those of registry processes, or their Redis.
 */
import type { RedisAddress } from '../../../caches/index.js';
import type { Verdict } from '../../../guard/model/types.js';
import type { RunSummary } from '../../../sweep/index.js';
import { RegsweepError } from '../../../util/errors.js';
import type { Context } from '../../context.js';
import { flushStates } from '../../records/redis-flushes.js';
import {
  cacheRequirement,
  requireKnownCache,
  requireReachable,
} from '../../session/cache-invalidation.js';
import type { Session } from '../../session/session.js';
import { cachingRegistryOf } from './caching-registries.js';

export interface PurgeCaches {
  /** The Redis whose keys are deleted before the purge. */
  readonly flush: RedisAddress | undefined;
}

/**
 * With a cached descriptor, a registry accepts a push that needs a deleted blob.
 * @param seen the verdict that tells which cache the registry has: from before the stop, if we
 *   stopped it
 * @throws RegsweepError `guard-refused`
 */
export async function requireNoStaleCache(
  context: Context,
  { state }: Session,
  runs: readonly RunSummary[],
  verdict: Verdict,
  seen = verdict,
): Promise<PurgeCaches> {
  const witness = cachingRegistryOf(runs, verdict.registries);
  if (witness !== undefined) {
    throw new RegsweepError(
      'guard-refused',
      `registry process ${witness.pid} has been running since before the sweep and may have cached the removed blobs`,
      { remedy: 'restart it read-only, then purge' },
    );
  }
  const duty = cacheRequirement(context, seen);
  const { options } = context;
  if (duty.flush !== undefined) {
    if (!options.dryRun) await requireReachable(duty);
    return { flush: duty.flush };
  }
  const isTold = options.registryConfig !== undefined || options.cache !== undefined;
  const toldOtherwise = isTold && duty.descriptors !== 'redis';
  const flushState = await flushStates(state);
  const due = runs.filter(({ runId }) => {
    const flushed = flushState(runId);
    return flushed === 'due' ? !toldOtherwise : !flushed && duty.descriptors === 'redis';
  });
  if (due.length > 0) throw remembered(due);
  const isForgotten = runs.every(({ runId }) => flushState(runId) === 'flushed');
  if (!isForgotten && !options.dryRun) requireKnownCache(duty, 'purge');
  return { flush: undefined };
}

function remembered(runs: readonly RunSummary[]): RegsweepError {
  const names = runs.map(({ runId }) => runId).join(', ');
  return new RegsweepError(
    'guard-refused',
    `the registry’s Redis may still have the keys of run ${names}`,
    {
      remedy:
        'purge with --flush-redis redis://host:port/db, or with --flush-redis and --config FILE: ' +
        'exactly the keys of the purged blobs are deleted',
    },
  );
}
