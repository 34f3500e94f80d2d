/**
 * Registries' caches of blob descriptors: which cache is configured, and how to delete entries from
 * it.
 */

export { cacheOf, type RegistryCache } from '../registry-config/cache-section.js';
export {
  describeRedis,
  parseRedisUrl,
  type RedisAddress,
} from '../registry-config/redis-address.js';
export { flushRemoved as flushGone, type KeyStore } from './flush.js';
export { cachedPathOf, type RemovedItem as Gone } from './keys.js';
