/** What a registry's configuration says of its cache of blob descriptors. Pure. */
import { usageError } from '../util/errors.js';
import { parseRedisAddr, parseRedisUrl, type RedisAddress } from './redis-address.js';

export interface RegistryCache {
  /** `storage.cache.blobdescriptor`: `inmemory`, `redis`; undefined where nothing is cached. */
  readonly descriptors: string | undefined;
  /** The `redis:` section, where descriptors are kept there and it names one server. */
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

/** Of several servers, or of a sentinel, one can't tell which holds the keys. */
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

/** Keys match without regard to case, as environment variables name them. */
function lookUp(section: unknown, key: string): unknown {
  if (typeof section !== 'object' || section === null) return undefined;
  const found = Object.keys(section).find((name) => name.toLowerCase() === key);
  return found === undefined ? undefined : (section as Record<string, unknown>)[found];
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';

/**
 * As people name it: `inmemory`, `none` or the URL of a Redis.
 * @throws RegsweepError `usage`, which doesn't repeat a URL: it may hold a password
 */
export function parseCache(text: string, source: string): RegistryCache {
  if (text === 'none') return { descriptors: undefined };
  if (text === 'inmemory') return { descriptors: text };
  if (/^rediss?:/.test(text)) return { descriptors: 'redis', redis: parseRedisUrl(text, source) };
  throw usageError(
    `${source}: that is no cache of blob descriptors`,
    'write inmemory, none, or redis://host:6379/0',
  );
}
