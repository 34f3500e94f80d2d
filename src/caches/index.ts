/** Registries' caches of blob descriptors: which there is, and making one forget what went. */

export { cacheOf, type RegistryCache } from '../registry-config/cache-section.js';
export {
  describeRedis,
  parseRedisUrl,
  type RedisAddress,
} from '../registry-config/redis-address.js';
export { flushGone, type KeyStore } from './flush.js';
export { cachedPathOf, type Gone } from './keys.js';
