/**
 * The effect of a run on registries' descriptor caches: a restart, or keys to delete from Redis.
 */
import { describeRedis, flushGone, type Gone, type RedisAddress } from '../../caches/index.js';
import type { Verdict } from '../../guard/model/types.js';
import { RegsweepError, usageError } from '../../util/errors.js';
import type { Context } from '../context.js';

export interface CacheRequirement {
  /** Whether the cache is known, including that there is none. */
  readonly isKnown: boolean;
  /** `inmemory` or `redis`; undefined if nothing is cached, or the cache is unknown. */
  readonly descriptors: string | undefined;
  /** The Redis whose keys are deleted; undefined without `--flush-redis`. */
  readonly flush: RedisAddress | undefined;
}

/**
 * Reads `--flush-redis URL`, `--config`, `--cache` and the registries that were seen. If any of
 * them names Redis, Redis is assumed.
 * @throws RegsweepError `usage` if `--flush-redis` is given and no address is known
 */
export function cacheRequirement(
  { options }: Context,
  { caches }: Pick<Verdict, 'caches'>,
): CacheRequirement {
  const { flushRedis } = options;
  const told = [options.registryConfig?.cache, options.cache].filter(isGiven);
  const known = [...told, ...caches.filter(isGiven)];
  const inRedis = known.filter((cache) => cache.descriptors === 'redis');
  const shared = inRedis.find(({ redis }) => redis !== undefined) ?? inRedis[0];
  const descriptors = (shared ?? known[0])?.descriptors;
  const isKnown = told.length > 0 || (known.length > 0 && caches.every(isGiven));
  if (flushRedis === undefined) return { isKnown, descriptors, flush: undefined };
  const flush = flushRedis === 'config' ? shared?.redis : flushRedis;
  if (flush !== undefined) return { isKnown: true, descriptors: 'redis', flush };
  throw usageError(
    '--flush-redis: no configuration names the registry’s Redis',
    'add its address: --flush-redis redis://host:6379/0, or --config FILE (the registry’s own)',
  );
}

const isGiven = <T>(value: T | undefined): value is T => value !== undefined;

const NAME_CACHE =
  'add --config FILE (the registry’s own), or --cache inmemory, --cache none or --cache redis://host:6379/0';

/** @returns warnings for a preview */
export const unknownCacheNotes = ({ isKnown }: CacheRequirement): string[] =>
  isKnown ? [] : [`a run would be refused: the registry’s cache is unknown; ${NAME_CACHE}`];

/**
 * @param what the option or command that deletes permanently
 * @throws RegsweepError `guard-refused` if the cache is unknown
 */
export function requireKnownCache({ isKnown }: CacheRequirement, what: string): void {
  if (isKnown) return;
  throw new RegsweepError(
    'guard-refused',
    `${what}: the registry’s cache of blob descriptors is unknown; with one in Redis it would accept pushes that need deleted blobs`,
    { remedy: NAME_CACHE },
  );
}

/** @throws RegsweepError `guard-refused` if deleted blobs would stay in Redis */
export function requireFlush({ descriptors, flush }: CacheRequirement): void {
  if (descriptors !== 'redis' || flush !== undefined) return;
  throw new RegsweepError(
    'guard-refused',
    '--delete: the registry caches blobs in Redis, so it would accept pushes that need deleted blobs',
    { remedy: 'add --flush-redis, or sweep without --delete' },
  );
}

/**
 * Called before anything is stopped or changed. @throws RegsweepError `failed` if Redis can't be
 * reached
 */
export async function requireReachable({ flush }: CacheRequirement): Promise<void> {
  if (flush === undefined) return;
  const { withRedis } = await import('../../caches/redis.js');
  await withRedis(flush, async () => undefined);
}

/**
 * Deletes the keys of removed items from Redis.
 * @param items the removed items, generated on each iteration
 * @returns a note about it
 * @throws RegsweepError `failed`
 */
export async function flushRedis(
  address: RedisAddress,
  items: () => Iterable<Gone>,
  repositories: Iterable<string>,
): Promise<string> {
  const { withRedis } = await import('../../caches/redis.js');
  const found = await withRedis(address, (store) => flushGone(store, items, repositories));
  return `${found} keys of removed blobs were deleted from ${describeRedis(address)}`;
}

const MEMORY =
  'the registry caches blobs in memory: restart each registry that was started before this run';
const REDIS =
  'the registry caches blobs in Redis, which a restart doesn’t clear: until the removed blobs are deleted there ' +
  '(--flush-redis), the registry accepts pushes that it can’t serve, and trash purge refuses';

const UNKNOWN =
  'the registry’s cache of blob descriptors is unknown: restart the registry if it is in memory; ' +
  'trash purge needs --config or --cache';

/** Notes about the cache for people. @param restarted whether this run restarted the registry */
export function cacheNotes(
  { isKnown, descriptors, flush }: CacheRequirement,
  restarted: boolean,
): string[] {
  if (!isKnown) return [UNKNOWN];
  if (descriptors === 'redis') return flush === undefined ? [REDIS] : [];
  return descriptors === 'inmemory' && !restarted ? [MEMORY] : [];
}
