/** A registry whose cache of blobs is in Redis remembers what was swept, until it is flushed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { CliResult } from '../harness/cli.js';
import { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { Random } from '../harness/random.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { type RegistryOptions, startRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { makeTemp, tempFolder } from '../harness/temp.js';
import { expectCode, purge, purgeAs, serve, sweep } from './world.js';

const PASSWORD = 'not:to/be@seen';

interface Cached {
  readonly root: string;
  readonly redis: RedisServer;
  readonly options: RegistryOptions;
  /** A configuration that names Redis with its password. */
  readonly config: string;
  readonly kept: images.Image;
  /** Its manifest was deleted; one layer is also in `kept`. */
  readonly gone: images.Image;
  /** Another image with that layer. */
  readonly again: images.Image;
}

async function cached(name: string): Promise<Cached> {
  const folder = await tempFolder();
  const redis = await startRedis(folder, PASSWORD);
  onTestFinished(() => redis.stop());
  const root = join(folder, 'root');
  const options: RegistryOptions = {
    cache: 'redis',
    redis: redis.addr,
    env: { REGISTRY_REDIS_PASSWORD: PASSWORD },
  };
  const config = join(folder, 'registry.yml');
  writeFileSync(
    config,
    stringify({
      storage: { filesystem: { rootdirectory: root }, cache: { blobdescriptor: 'redis' } },
      redis: { addr: redis.addr, password: PASSWORD, db: 0 },
    }),
  );
  const random = new Random(name);
  const shared = images.randomLayer(random);
  const kept = images.dockerImage(random, [shared, images.randomLayer(random)]);
  const gone = images.dockerImage(random, [shared, images.randomLayer(random)]);
  await serve(
    root,
    async (client) => {
      await client.push('app', kept, 'kept');
      await client.push('team/other', kept, 'kept');
      await client.push('team/other', gone, 'gone');
      await client.deleteManifest('team/other', gone.manifest.digest);
      await client.pullEverything();
    },
    options,
  );
  const again = images.dockerImage(random, gone.blobs.slice(2));
  return { root, redis, options, config, kept, gone, again };
}

/** Pushes an image with a layer that went, and pulls it. @returns digests that can't be had */
async function pushAgain({ root, options, again }: Cached): Promise<string[]> {
  return serve(
    root,
    async (client) => {
      await client.push('team/other', again, 'again');
      const manifest = await client.getManifest('team/other', 'again');
      const missing = manifest === undefined ? [again.manifest.digest] : [];
      for (const { digest } of again.blobs) {
        // Of a blob that it only remembers, the registry breaks off its answer.
        const bytes = await client.getBlob('team/other', digest).catch(() => undefined);
        if (bytes === undefined) missing.push(digest);
      }
      return missing;
    },
    options,
  );
}

/** The content of Redis without what only `gone` needs. */
function without(
  content: ReadonlyMap<string, readonly string[]>,
  digests: readonly string[],
): Map<string, readonly string[]> {
  const left = new Map<string, readonly string[]>();
  for (const [key, members] of content) {
    if (digests.some((digest) => key.endsWith(`::${digest}`))) continue;
    left.set(
      key,
      key.endsWith('::blobs') ? members.filter((one) => !digests.includes(one)) : members,
    );
  }
  return left;
}

const ownDigests = ({ kept, gone }: Cached): string[] =>
  [gone.manifest, ...gone.blobs]
    .map(({ digest }) => digest)
    .filter((digest) => !kept.blobs.some((blob) => blob.digest === digest));

function expectSecret(root: string, ...results: CliResult[]): void {
  const audit = readFileSync(`${root}/.regsweep/audit.jsonl`, 'utf8');
  const history = readFileSync(`${root}/.regsweep/history/redis.json`, 'utf8');
  const all = [audit, history, ...results.map(({ stdout, stderr }) => stdout + stderr)].join('\n');
  expect([PASSWORD, encodeURIComponent(PASSWORD)].filter((word) => all.includes(word))).toEqual([]);
}

describe('a cache in Redis', needs('registry', 'guard', 'redis', 'root'), () => {
  it('not flushed, makes the registry take a push that it can’t serve; purge refuses', async () => {
    const world = await cached('stale');
    const { root, config, gone } = world;
    const swept = expectCode(await sweep(root, '--config', config), 0);
    expect((swept.json as { notes: string[] }).notes.join('\n')).toContain('--flush-redis');
    expect(await pushAgain(world)).toEqual([gone.blobs[2]!.digest]);
    for (const flags of [[], ['--config', config]]) {
      const refused = expectCode(await purgeAs(root, ...flags), 12);
      expect(refused.stderr).toContain('Redis may still have the keys of run');
    }
    // The purge that flushes puts back what is referenced again.
    const purged = expectCode(await purge(root, '--config', config, '--flush-redis'), 0);
    expect(await pushAgain(world)).toEqual([]);
    expectSecret(root, swept, purged);
  });

  it('unknown, keeps --delete and purge waiting until somebody names it', async () => {
    const { root, redis } = await cached('unknown');
    const tree = () => snapshot(join(root, 'docker'));
    const before = tree();
    const deleting = expectCode(await sweep(root, '--delete'), 12);
    expect(deleting.stderr).toMatch(/--delete: the registry’s cache .* is unknown.*\n.*--cache/);
    const preview = expectCode(await sweep(root, '--delete', '--dry-run'), 0);
    expect(preview.stdout).toContain('--cache inmemory');
    expect(tree()).toEqual(before);
    const swept = expectCode(await sweep(root), 0).json as { run: { id: string }; notes: string[] };
    expect(swept.notes.join('\n')).toContain('is unknown');
    const run = () => snapshot(join(root, '.regsweep/runs', swept.run.id));
    const kept = run();
    const stop = ['--purge-older-than', '0s', '--stop-command', 'echo stopped >&2'];
    for (const flags of [[], ['--purge-older-than', '0s'], stop]) {
      const refused = await (flags.length === 0 ? purgeAs(root) : sweep(root, ...flags));
      expect(expectCode(refused, 12).stderr).toContain('--cache');
      expect(refused.stderr).not.toContain('stopped');
    }
    const unflushed = expectCode(await purgeAs(root, '--cache', redis.url), 12);
    expect(unflushed.stderr).toContain('--flush-redis');
    expect(unflushed.stderr).not.toContain(PASSWORD);
    expect(run()).toEqual(kept);
    expectCode(await purgeAs(root, '--cache', redis.url, '--flush-redis'), 0);
  });

  it('flushed, forgets exactly what went, and purge goes on', async () => {
    const world = await cached('flushed');
    const { root, config, redis } = world;
    const before = await redis.content();
    const swept = expectCode(await sweep(root, '--config', config, '--flush-redis'), 0);
    expect(await redis.content()).toEqual(without(before, ownDigests(world)));
    expectCode(await purge(root, '--config', config), 0);
    expect(await pushAgain(world)).toEqual([]);
    expectSecret(root, swept);
  });

  it('is found by the registry that is stopped for the sweep', async () => {
    const world = await cached('downtime');
    const { root, redis, options } = world;
    const before = await redis.content();
    const registry = await startRegistry(root, options);
    onTestFinished(() => registry.stop());
    const stop = ['--stop-command', `kill ${registry.pid}`];
    const swept = expectCode(await sweep(root, ...stop, '--flush-redis'), 0);
    expect(await redis.content()).toEqual(without(before, ownDigests(world)));
    expectSecret(root, swept);
  });

  it('is flushed before --delete, which refuses otherwise', async () => {
    const world = await cached('delete');
    const { root, redis, config } = world;
    const before = await redis.content();
    expectCode(await sweep(root, '--config', config, '--delete'), 12);
    expectCode(await sweep(root, '--delete', '--flush-redis', redis.url), 0);
    expect(await redis.content()).toEqual(without(before, ownDigests(world)));
    expect(await pushAgain(world)).toEqual([]);
  });

  it.each<[string, string[], string[]]>([
    ['a sweep', ['--flush-redis'], []],
    ['a sweep that deletes', ['--flush-redis', '--delete'], []],
    ['a purge', [], ['--flush-redis']],
  ])('%s flushes each repository of a namespace that goes as one', async (_, swept, purged) => {
    const world = await cached(`namespace ${swept.length} ${purged.length}`);
    const { root, redis, config, gone, options } = world;
    const before = await redis.content();
    await serve(
      root,
      async (client) => {
        for (const name of ['group/x', 'group/sub/y']) {
          await client.push(name, gone, 'gone');
          await client.pullAll(name, gone.manifest.digest);
          await client.deleteManifest(name, gone.manifest.digest);
        }
      },
      options,
    );
    expect([...(await redis.content()).keys()].join()).toContain('::group/sub/y::');
    expectCode(await sweep(root, '--config', config, ...swept), 0);
    if (purged.length > 0) expectCode(await purge(root, '--config', config, ...purged), 0);
    expect(await redis.content()).toEqual(without(before, ownDigests(world)));
  });

  it('that can’t be reached ends the run before anything is stopped or moved', async () => {
    const world = await cached('down');
    const registry = await startRegistry(world.root, world.options);
    onTestFinished(() => registry.stop());
    const marker = join(await makeTemp(), 'stopped');
    const stop = ['--stop-command', `touch ${marker}; kill ${registry.pid}`];
    const wrong = world.redis.url.replace(/:[^:@]*@/, ':wrong-password@');
    const refused = expectCode(await sweep(world.root, ...stop, '--flush-redis', wrong), 1);
    expect(refused.stderr).toContain(`Redis at redis://${world.redis.addr}/0`);
    expect(refused.stderr).not.toContain('wrong-password');
    expect(await new RegistryClient(registry.url).tags('app')).toEqual(['kept']);
  });
});
