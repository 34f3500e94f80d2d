/** Reads the cache settings for blob descriptors from a registry's configuration. Pure. */
import { usageError } from '../util/errors.js';
import { parseRedisAddr, parseRedisUrl, type RedisAddress } from './redis-address.js';

export interface RegistryCache {
  /** `storage.cache.blobdescriptor`: `inmemory` or `redis`; undefined if nothing is cached. */
  readonly descriptors: string | undefined;
  /** The `redis:` section, if descriptors are cached there and it names exactly one server. */
  readonly redis?: RedisAddress;
}

/**
 * @param cache the section `storage.cache`
 * @param redis the section `redis`
 */
export function cacheOf(cache: unknown, redis: unknown): RegistryCache {
  const named = lookUp(cache, 'blobdescriptor') ?? lookUp(cache, 'layerinfo');
  const descriptors = textOf(named).toLowerCase() || undefined;
  const address = descriptors === 'redis' ? addressOf(redis) : undefined;
  return { descriptors, ...(address === undefined ? {} : { redis: address }) };
}

/**
 * @returns undefined for several servers or a sentinel, because it is unknown which server has the
 *   keys
 */
function addressOf(redis: unknown): RedisAddress | undefined {
  const list = lookUp(redis, 'addrs');
  const addrs = Array.isArray(list) ? list.map(textOf) : [];
  const addr = textOf(lookUp(redis, 'addr')) || (addrs.length === 1 ? addrs[0]! : '');
  const sentinel = lookUp(redis, 'mastername') ?? lookUp(redis, 'sentinelmastername');
  if (addr === '' || addrs.length > 1 || textOf(sentinel) !== '') return undefined;
  const tls = lookUp(redis, 'tls');
  const database = Number(textOf(lookUp(redis, 'db')) || 0);
  return parseRedisAddr(addr, {
    database: Number.isSafeInteger(database) ? database : 0,
    tls: typeof tls === 'object' && tls !== null && lookUp(tls, 'enabled') !== false,
    user: textOf(lookUp(redis, 'username')),
    password: textOf(lookUp(redis, 'password')),
  });
}

/** Keys are case-insensitive, because environment variables may set them. */
function lookUp(section: unknown, key: string): unknown {
  if (typeof section !== 'object' || section === null) return undefined;
  const found = Object.keys(section).find((name) => name.toLowerCase() === key);
  return found === undefined ? undefined : (section as Record<string, unknown>)[found];
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

/**
 * Parses the value of `--cache`: `inmemory`, `none` or the URL of a Redis server.
 * @throws RegsweepError `usage`; the message does not repeat the URL, which may contain a password
 */
export function parseCache(text: string, source: string): RegistryCache {
  if (text === 'none') return { descriptors: undefined };
  if (text === 'inmemory') return { descriptors: text };
  if (/^rediss?:/.test(text)) return { descriptors: 'redis', redis: parseRedisUrl(text, source) };
  throw usageError(
    `${source}: not a cache of blob descriptors`,
    'write inmemory, none, or redis://host:6379/0',
  );
}
