/** Where a registry's Redis is, from a URL or from the registry's own configuration. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cacheOf } from '../../src/registry-config/cache-section.js';
import { readProcessConfig } from '../../src/registry-config/process-config.js';
import {
  describeRedis,
  parseRedisUrl,
  type RedisAddress,
} from '../../src/registry-config/redis-address.js';

const told = (address: RedisAddress | undefined): unknown =>
  address === undefined ? undefined : [describeRedis(address), address.user, address.password?.()];

describe('a Redis URL', () => {
  it.each<[string, unknown]>([
    ['redis://cache', ['redis://cache:6379/0', undefined, undefined]],
    ['redis://cache:7000/3', ['redis://cache:7000/3', undefined, undefined]],
    ['rediss://u:p%40ss@10.0.0.1', ['rediss://10.0.0.1:6379/0', 'u', 'p@ss']],
    ['redis://:p@[::1]:6380/1', ['redis://[::1]:6380/1', undefined, 'p']],
  ])('%s', (url, expected) => {
    expect(told(parseRedisUrl(url, '--flush-redis'))).toEqual(expected);
  });

  it.each(['http://u:secret@h', 'redis://', 'redis://:secret@h/zero', 'redis://:secret%@h', 'h:1'])(
    '%s is refused, and not repeated',
    (url) => {
      expect(() => parseRedisUrl(url, '--flush-redis')).toThrow(/^--flush-redis: (?!.*secret)/);
    },
  );

  it('keeps its password out of logs and JSON', () => {
    const address = parseRedisUrl('redis://u:secret@h', '--flush-redis');
    expect(JSON.stringify(address) + inspect(address)).not.toContain('secret');
  });
});

describe('a registry’s cache', () => {
  const cache = { blobdescriptor: 'redis' };

  it.each<[string, unknown, unknown, unknown]>([
    ['none', undefined, { addr: 'h:1' }, [undefined, undefined]],
    ['in memory', { blobdescriptor: 'inmemory' }, { addr: 'h:1' }, ['inmemory', undefined]],
    ['by its older name', { layerinfo: 'redis' }, {}, ['redis', undefined]],
    [
      'with a login',
      cache,
      { addr: 'h:1', username: 'u', password: 12, db: 2 },
      ['redis', ['redis://h:1/2', 'u', '12']],
    ],
    ['of 3.x', cache, { addrs: ['h'] }, ['redis', ['redis://h:6379/0', undefined, undefined]]],
    [
      'with TLS',
      cache,
      { addr: '[::1]:5', tls: { rootcas: ['x'] } },
      ['redis', ['rediss://[::1]:5/0', undefined, undefined]],
    ],
    ['on several servers', cache, { addrs: ['h', 'i'] }, ['redis', undefined]],
    ['behind a sentinel', cache, { addrs: ['h'], mastername: 'm' }, ['redis', undefined]],
  ])('%s', (_, section, redis, expected) => {
    const found = cacheOf(section, redis);
    expect([found.descriptors, told(found.redis)]).toEqual(expected);
  });

  it('is as the environment of its process says', () => {
    const text = 'storage: {filesystem: {}, cache: {blobdescriptor: inmemory}}\nredis: {addr: a:1}';
    const env = {
      REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR: 'redis',
      REGISTRY_REDIS_ADDR: 'b:2',
      REGISTRY_REDIS_PASSWORD: 'secret',
      REGISTRY_REDIS_DB: '4',
    };
    const { descriptors } = readProcessConfig(text, env);
    expect([descriptors.descriptors, told(descriptors.redis)]).toEqual([
      'redis',
      ['redis://b:2/4', undefined, 'secret'],
    ]);
  });
});
