/** Registries' caches of blob descriptors: which there is, and making one forget what went. */
export { describeRedis, parseRedisUrl, type RedisAddress } from './address.js';
export { cacheOf, type RegistryCache } from './config.js';
export { flushGone, type KeyStore } from './flush.js';
export { type Gone, placeOf } from './keys.js';
