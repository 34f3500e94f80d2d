/** What registries' caches of blobs ask of a run: a restart, or keys deleted from Redis. */
import { describeRedis, flushGone, type Gone, type RedisAddress } from '../../caches/index.js';
import type { Verdict } from '../../guard/model/types.js';
import { RegsweepError, usageError } from '../../util/errors.js';
import type { Context } from '../context.js';

export interface CacheRequirement {
  /** Something tells what caches descriptors, if only that nothing does. */
  readonly isKnown: boolean;
  /** `inmemory`, `redis`; undefined where nothing is cached, or none is known. */
  readonly descriptors: string | undefined;
  /** The Redis to flush; undefined where `--flush-redis` wasn't given. */
  readonly flush: RedisAddress | undefined;
}

/**
 * From `--flush-redis URL`, `--config`, `--cache`, and the registries that were seen: Redis,
 * whoever names it, before all else.
 * @throws RegsweepError `usage` where a flush is asked for and no address is known
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
    '--flush-redis: no configuration names the one Redis that holds the cache',
    'name it: --flush-redis redis://host:6379/0, or --config with the registry’s own',
  );
}

const isGiven = <T>(value: T | undefined): value is T => value !== undefined;

const NAME_CACHE =
  'add --config FILE (the registry’s own), or --cache inmemory, --cache none or --cache redis://host:6379/0';

/** @returns what a preview has to say of it */
export const unknownCacheNotes = ({ isKnown }: CacheRequirement): string[] =>
  isKnown ? [] : [`it would be refused: the registry’s cache is not known; ${NAME_CACHE}`];

/**
 * @param what that ends things for good, as it is asked for
 * @throws RegsweepError `guard-refused` where nobody tells what may remember them
 */
export function requireKnownCache({ isKnown }: CacheRequirement, what: string): void {
  if (isKnown) return;
  throw new RegsweepError(
    'guard-refused',
    `${what}: the registry’s cache of blob descriptors is not known; one in Redis would accept pushes that need what was deleted`,
    { remedy: NAME_CACHE },
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

const UNKNOWN =
  'the registry’s cache of blob descriptors is not known: restart it if that is in memory; ' +
  'trash purge needs --config or --cache';

/** What is left to do about a cache, for people. @param restarted by this run itself */
export function cacheNotes(
  { isKnown, descriptors, flush }: CacheRequirement,
  restarted: boolean,
): string[] {
  if (!isKnown) return [UNKNOWN];
  if (descriptors === 'redis') return flush === undefined ? [REDIS] : [];
  return descriptors === 'inmemory' && !restarted ? [MEMORY] : [];
}
