/**
 * A registry that starts in the midst of a sweep and takes a push on the word of its cache: no link
 * says that what was swept is needed again, and it must be back.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseDigest } from '../../src/storage/digest.js';
import { blobDataPath, layerPath, linkOf } from '../../src/storage/layout.js';
import { BIN } from '../harness/cli.js';
import { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { type Output, start } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { startRedis } from '../harness/redis.js';
import { type RegistryOptions, startRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { SELECT, serve } from './world.js';

const LAYERS = 24;
/** Each rename takes so many microseconds, so that a batch lasts. */
const DELAY = 30_000;
const RENAMES = 'rename,renameat,renameat2';
const STRACE = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${RENAMES}`];
const CHANGE = ['-y', '--quiet-window', '200ms', '--format', 'json'];

interface Slow {
  readonly ended: Promise<Output>;
  /** Halts it where it is, for as long as `work` takes. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

async function sweepSlowly(root: string): Promise<Slow> {
  const inject = `inject=${RENAMES}:delay_enter=${DELAY}`;
  const command = [process.execPath, BIN, 'sweep', root, ...SELECT, ...CHANGE];
  const { pid, ended } = start('strace', [...STRACE, '-e', inject, ...command], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  let child = 0;
  await eventually(() => {
    child = childOf(pid, process.execPath);
    return child !== 0;
  });
  return {
    ended,
    async during(work) {
      try {
        process.kill(child, 'SIGSTOP');
      } catch {
        throw new Error(`it has ended already: ${JSON.stringify(await ended)}`);
      }
      try {
        return await work();
      } finally {
        process.kill(child, 'SIGCONT');
      }
    },
  };
}

/** strace has other children too, for a moment. */
function childOf(pid: number, command: string): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  const named = (id: string): boolean => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8').startsWith(`${command}\0`);
    } catch {
      return false; // it has ended
    }
  };
  return Number(children.filter(Boolean).find(named) ?? 0);
}

async function eventually(check: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!check()) {
    if (Date.now() > end) throw new Error('it never happened');
    await setImmediate();
  }
}

interface Case {
  readonly cache: 'inmemory' | 'redis';
  readonly kind: 'blob' | 'layer-link';
}

const pathOf = ({ kind }: Case, digest: string): string => {
  const parsed = parseDigest(digest)!;
  return kind === 'blob' ? blobDataPath(parsed) : linkOf(layerPath('app', parsed));
};

async function cacheOptions({ cache }: Case): Promise<RegistryOptions> {
  if (cache === 'inmemory') return { cache };
  const redis = await startRedis(await tempFolder(), 'secret');
  onTestFinished(() => redis.stop());
  return { cache, redis: redis.addr, env: { REGISTRY_REDIS_PASSWORD: 'secret' } };
}

describe('what a cache vouched for midway', needs('registry', 'guard', 'strace'), () => {
  it.each<Case>([
    // It remembers only what it has seen itself, while the link still stood.
    { cache: 'inmemory', kind: 'layer-link' },
    // It remembers from before the sweep: the links went in a batch that was confirmed since.
    { cache: 'redis', kind: 'blob' },
  ])(
    'is back: $cache, among $kind items',
    async (one) => {
      const random = new Random(`vouched ${one.cache} ${one.kind}`);
      const layers = Array.from({ length: LAYERS }, () => images.randomLayer(random));
      const gone = images.dockerImage(random, layers);
      const options = await cacheOptions(one);
      const root = join(await tempFolder(), 'root');
      const fill = async (client: RegistryClient): Promise<void> => {
        await client.push('app', images.dockerImage(random), 'kept');
        await client.push('app', gone, 'gone');
        await client.deleteManifest('app', gone.manifest.digest);
        await client.pullEverything();
      };
      await serve(root, fill, options);
      const isThere = (digest: string): boolean =>
        existsSync(`${root}/docker/registry/v2/${pathOf(one, digest)}`);
      const all = gone.blobs.map(({ digest }) => digest);

      const sweep = await sweepSlowly(root);
      await eventually(() => !all.every(isThere));
      const registry = await sweep.during(() => startRegistry(root, options));
      onTestFinished(() => registry.stop().catch(() => undefined));
      const client = new RegistryClient(registry.url);
      const seen = await sweep.during(async () => {
        const had = await Promise.all(layers.map(({ digest }) => client.hasBlob('app', digest)));
        return layers.filter((_, i) => had[i]);
      });
      await eventually(() => !seen.every(({ digest }) => isThere(digest)));
      const again = images.dockerImage(random, seen);
      await sweep.during(() => client.push('app', again, 'again'));
      const lost = seen.filter(({ digest }) => !isThere(digest));

      const { code, stdout } = await sweep.ended;
      expect({ code, seen: seen.length > 0, lost: lost.length > 0 }).toEqual({
        code: 12,
        seen: true,
        lost: true,
      });
      expect(JSON.parse(stdout)).toMatchObject({ state: 'rolled-back' });
      await registry.stop();
      const content = await serve(root, (fresh) => fresh.pullAll('app', 'again'));
      const wanted = ['again', ...again.blobs.map(({ digest }) => digest)];
      expect([...content.keys()].sort()).toEqual(wanted.sort());
      expect([...content].filter(([, pulled]) => pulled === undefined)).toEqual([]);
    },
    180_000,
  );
});
