/** What registries' caches of blobs ask of a run: a restart, or keys deleted from Redis. */
import { describeRedis, flushGone, type Gone, type RedisAddress } from '../../caches/index.js';
import type { SeenRegistry } from '../../guard/model/types.js';
import { RegsweepError, usageError } from '../../util/errors.js';
import type { Context } from '../context.js';

export interface CacheRequirement {
  /** `inmemory`, `redis`; undefined where none is known. */
  readonly descriptors: string | undefined;
  /** The Redis to flush; undefined where `--flush-redis` wasn't given. */
  readonly flush: RedisAddress | undefined;
}

/**
 * From `--flush-redis URL`, `--config`, or the registry processes that were seen.
 * @throws RegsweepError `usage` where a flush is asked for and no address is known
 */
export function cacheDuty(
  { options }: Context,
  registries: readonly SeenRegistry[],
): CacheRequirement {
  const { flushRedis, registryConfig } = options;
  const seen = registries.flatMap(({ descriptors }) => descriptors ?? []);
  const known = registryConfig === undefined ? seen : [registryConfig.cache, ...seen];
  const inRedis = known.filter((cache) => cache.descriptors === 'redis');
  const shared = inRedis.find(({ redis }) => redis !== undefined) ?? inRedis[0];
  const descriptors = (shared ?? known[0])?.descriptors;
  if (flushRedis === undefined) return { descriptors, flush: undefined };
  const flush = flushRedis === 'config' ? shared?.redis : flushRedis;
  if (flush !== undefined) return { descriptors: 'redis', flush };
  throw usageError(
    '--flush-redis: no configuration names the one Redis that holds the cache',
    'name it: --flush-redis redis://host:6379/0, or --config with the registry’s own',
  );
}

/** @throws RegsweepError `guard-refused` where something would end for good and be remembered */
export function requireFlush({ descriptors, flush }: CacheRequirement): void {
  if (descriptors !== 'redis' || flush !== undefined) return;
  throw new RegsweepError(
    'guard-refused',
    '--delete: the registry caches blobs in Redis, which would remember what is gone for good',
    { remedy: 'give --flush-redis, or sweep without --delete' },
  );
}

/** Before anything is stopped or changed. @throws RegsweepError `failed` */
export async function requireReachable({ flush }: CacheRequirement): Promise<void> {
  if (flush === undefined) return;
  const { withRedis } = await import('../../caches/redis.js');
  await withRedis(flush, async () => undefined);
}

/**
 * @param items what went, generated anew on each iteration
 * @returns a note that tells what was done
 * @throws RegsweepError `failed`
 */
export async function flushRedis(
  address: RedisAddress,
  items: () => Iterable<Gone>,
  repositories: Iterable<string>,
): Promise<string> {
  const { withRedis } = await import('../../caches/redis.js');
  const found = await withRedis(address, (store) => flushGone(store, items, repositories));
  return `${found} keys of what went were deleted from ${describeRedis(address)}`;
}

const MEMORY =
  'its cache of blobs is in memory: a registry started before this run needs a restart';
const REDIS =
  'its cache of blobs is in Redis and outlives a restart: until what went is forgotten there ' +
  '(--flush-redis), the registry takes pushes that it can’t serve, and trash purge refuses';

/** What is left to do about a cache, for people. @param restarted by this run itself */
export function cacheNotes({ descriptors, flush }: CacheRequirement, restarted: boolean): string[] {
  if (descriptors === 'redis') return flush === undefined ? [REDIS] : [];
  return descriptors === 'inmemory' && !restarted ? [MEMORY] : [];
}
