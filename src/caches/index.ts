/**
 * Registries' caches of blob descriptors: which cache is configured, and how to delete entries from
 * it.
 */

export {
  describeRedis,
  type RedisAddress,
} from '../registry-config/redis-address.js';
export { flushRemoved as flushGone } from './flush.js';
export { cachedPathOf, type RemovedItem as Gone } from './keys.js';
