/** A registry in a real engine: what the guard sees of it running, read-only, stopped; and what its engine tells. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { needs } from '../../harness/require.js';
import { snapshot } from '../../harness/snapshot.js';
import { expectCode } from '../world.js';
import { ENGINES, READ_ONLY, SLEEPER, said, useScene } from './scene.js';

describe.each(ENGINES)('$name', ({ name, begin }) => {
  describe('a registry in it', needs('root', 'mounts', 'registry', 'guard', name), () => {
    const scene = useScene(begin);
    const tree = () => snapshot(join(scene.root, 'docker'));

    it('running, is refused by its name; the remedy works as pasted', async () => {
      await scene.registry();
      await scene.fill('app');
      const before = tree();
      const refused = said(expectCode(await scene.guard(), 12));
      expect(refused).toContain('container registry');
      expect(refused).toContain(
        `--stop-command '${name} stop registry' --start-command '${name} start registry'`,
      );
      expectCode(await scene.sweep(), 12);
      expect(tree()).toEqual(before);
      await scene.paste(`${name} stop registry`);
      const stopped = said(expectCode(await scene.guard(), 0));
      expect(stopped).toContain('STOPPED');
      expect(stopped).toMatch(/container registry \(\w+, exited\) mounts this tree/);
    });

    it('is stopped for the sweep and started again; its cache is known by its configuration', async () => {
      await scene.registry('--restart=always');
      await scene.fill('app');
      const swept = await scene.sweep(
        ...['--stop-command', `${name} stop registry`, '--start-command', `${name} start registry`],
        '--delete',
      );
      expect(expectCode(swept, 0).json).toMatchObject({ state: 'done', guard: 'stopped' });
      await scene.up();
      expect(await scene.serves('app')).toBe(true);
    });

    it('read-only by its environment, is swept beside', async () => {
      await scene.registry();
      await scene.fill('app');
      await scene.engine.cli('rm', '-f', 'registry');
      await scene.registry(...READ_ONLY);
      expect(said(expectCode(await scene.guard(), 0))).toContain('READ-ONLY');
      expect(expectCode(await scene.sweep(), 0).json).toMatchObject({ guard: 'read-only' });
      expect(await scene.serves('app')).toBe(true);
    });

    it('stopped, tells its cache by its arguments, environment and configuration', async () => {
      await scene.registry();
      await scene.fill('app');
      await scene.engine.cli('stop', 'registry');
      expectCode(await scene.sweep('--delete'), 0);
      await scene.engine.cli('start', 'registry');
      await scene.up();
      await scene.fill('other');
      await scene.engine.cli('rm', '-f', 'registry');
      const redis = [
        'REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR=redis',
        'REGISTRY_REDIS_ADDR=127.0.0.1:1',
      ];
      await scene.registry(...redis.flatMap((setting) => ['-e', setting]));
      await scene.engine.cli('stop', 'registry');
      const before = tree();
      expect(said(expectCode(await scene.sweep('--delete'), 12))).toContain(
        'caches blobs in Redis',
      );
      expect(tree()).toEqual(before);
    });

    it('with another volume inside the tree, is refused running and stopped, and left alone', async () => {
      await scene.registry();
      await scene.fill('app', 'prod');
      await scene.engine.cli('rm', '-f', 'registry');
      const archive = await scene.engine.volume('archive');
      const point = join(scene.root, 'docker/registry/v2/repositories/prod');
      await scene.paste(`mv '${point}'/* '${archive}'`);
      const inside = '/var/lib/registry/docker/registry/v2/repositories/prod';
      await scene.registry('-v', `archive:${inside}`);
      const before = tree();
      const stop = ['--stop-command', `${name} stop registry`, '--delete'];
      for (const result of [await scene.guard(), await scene.sweep(...stop)]) {
        expect(said(expectCode(result, 12))).toContain(`mounted inside the tree at ${inside}`);
      }
      expect(await scene.serves('prod')).toBe(true);
      await scene.engine.cli('stop', 'registry');
      for (const result of [
        await scene.guard(),
        await scene.sweep('--delete'),
        await scene.sweep(),
      ]) {
        expectCode(result, 12);
        expect(said(result)).toContain(`mounts ${archive} inside the tree at ${inside}`);
        expect(said(result)).toContain(`mount --bind ${archive} ${point}`);
      }
      expect(tree()).toEqual(before);
      await scene.engine.cli('start', 'registry');
      await scene.up();
      expect(await scene.serves('prod')).toBe(true);
    });

    it('a second container that mounts the volume counts by how it mounts it', async () => {
      await scene.registry();
      await scene.fill('app');
      await scene.engine.cli('stop', 'registry');
      await scene.engine.run('--name', 'reader', '-v', 'images:/mnt:ro', SLEEPER, 'sleep', '600');
      expect(said(expectCode(await scene.guard(), 0))).toContain('container reader');
      await scene.engine.run('--name', 'writer', '-v', 'images:/mnt', SLEEPER, 'sleep', '600');
      const refused = said(expectCode(await scene.guard(), 12));
      expect(refused).toContain(`${name} stop writer`);
      expect(refused).not.toContain(`${name} stop reader`);
    });

    it('that its engine may start by itself is told', async () => {
      await scene.registry('--restart=always');
      await scene.fill('app');
      await scene.engine.cli('stop', 'registry');
      expect(said(expectCode(await scene.guard(), 0))).toContain('(restart=always)');
    });

    it('a volume that stands for another folder counts as that folder, stopped too', async () => {
      await scene.registry();
      await scene.fill('app', 'prod');
      await scene.engine.cli('rm', '-f', 'registry');
      const point = join(scene.root, 'docker/registry/v2/repositories/prod');
      const archive = await scene.engine.volume('archive');
      await scene.paste(`mv '${point}'/* '${archive}'`);
      const options = ['type=none', 'o=bind', `device=${archive}`].flatMap((one) => ['-o', one]);
      await scene.engine.cli('volume', 'create', ...options, 'bound');
      const inside = '/var/lib/registry/docker/registry/v2/repositories/prod';
      await scene.registry('-v', `bound:${inside}`);
      await scene.engine.cli('stop', 'registry');
      const refused = said(expectCode(await scene.sweep(), 12));
      expect(refused).toContain(`mounts ${archive} inside the tree at ${inside}`);
      await scene.paste(`mount --bind '${archive}' '${point}'`);
      try {
        expectCode(await scene.guard(), 0);
      } finally {
        await scene.paste(`umount -l '${point}'`);
      }
    });

    it('a bind mount is the same as a volume', async () => {
      await scene.registry();
      await scene.fill('app');
      await scene.engine.cli('rm', '-f', 'registry');
      const mount = `${scene.root}:/data`;
      const other = ['-e', 'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/data'];
      await scene.registry('-v', mount, ...other);
      expect(said(expectCode(await scene.guard(), 12))).toContain(`${name} stop registry`);
      await scene.engine.cli('stop', 'registry');
      expectCode(await scene.sweep('--delete'), 0);
    });
  });
});

describe('docker', needs('root', 'mounts', 'registry', 'guard', 'docker'), () => {
  const scene = useScene(ENGINES[0]!.begin);

  it('a paused container is refused by its name', async () => {
    await scene.registry();
    await scene.fill('app');
    await scene.engine.cli('pause', 'registry');
    expect(said(expectCode(await scene.guard(), 12))).toContain('docker stop registry');
    await scene.engine.cli('unpause', 'registry');
  });

  it('a container that its engine restarts again and again is refused between its lives', async () => {
    await scene.registry();
    await scene.fill('app');
    await scene.engine.cli('rm', '-f', 'registry');
    await scene.registryAs(['--restart=always'], 'serve', '/nowhere.yml');
    const asked = (what: string) => scene.engine.cli('inspect', '-f', `{{.${what}}}`, 'registry');
    // Each pause is twice as long as the one before: from here on seconds.
    while (Number(await asked('RestartCount')) < 5) await sleep(100);
    while ((await asked('State.Status')) !== 'restarting') await sleep(20);
    expect(said(expectCode(await scene.guard(), 12))).toContain('docker stop registry');
    await scene.paste('docker stop registry');
    expectCode(await scene.guard(), 0);
  });

  it('a container of a compose project is named by its service', async () => {
    await scene.registry(
      ...['--label', 'com.docker.compose.project=shop'],
      ...['--label', 'com.docker.compose.service=hub'],
    );
    await scene.fill('app');
    expect(said(expectCode(await scene.guard(), 12))).toContain('docker compose -p shop stop hub');
  });

  it('an engine that does not answer is told, and blocks nothing', async () => {
    await scene.registry();
    await scene.fill('app');
    await scene.engine.cli('stop', 'registry');
    const frozen = scene.engine.pid;
    process.kill(frozen, 'SIGSTOP');
    try {
      const told = said(expectCode(await scene.guard(), 0));
      expect(told).toContain(`${scene.engine.socket} can’t be asked: no answer in 2 s`);
      expectCode(await scene.sweep('--delete'), 12);
      expectCode(await scene.sweep(), 0);
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
  });
});
