/** A registry that sees other mounts inside the tree than we do: its images must not be lost. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inspect, newGuardMemory } from '../../src/guard/index.js';
import { openTree } from '../../src/storage/tree.js';
import { settings } from '../guard/support.js';
import { regsweep } from '../harness/cli.js';
import { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { Random } from '../harness/random.js';
import { type RegistryProcess, startRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { CACHE, expectCode, storeWith, sweep, tidy } from './world.js';

interface Scene {
  readonly root: string;
  /** An empty folder of the tree, where `archive` belongs. */
  readonly point: string;
  /** The repository `prod`. */
  readonly archive: string;
}

async function scene(): Promise<Scene> {
  const random = new Random('views');
  const root = await storeWith(async (client) => {
    for (const name of ['app', 'prod']) await client.push(name, images.dockerImage(random), 'kept');
  });
  const point = join(root, 'docker/registry/v2/repositories/prod');
  const archive = join(root, '../archive');
  renameSync(point, archive);
  mkdirSync(point);
  return { root, point, archive };
}

const apart = ({ archive, point }: Scene): string[] => [
  ...['unshare', '-m', 'sh', '-c', `mount --bind '${archive}' '${point}' && exec "$@"`, '-'],
];

async function started(
  { root }: Scene,
  wrapper: readonly string[],
  readOnly = false,
): Promise<RegistryProcess> {
  const registry = await startRegistry(root, { wrapper, readOnly, cache: 'inmemory' });
  let ended: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    ended ??= registry.stop();
    return ended;
  };
  onTestFinished(stop);
  return { ...registry, stop };
}

function mountHere({ archive, point }: Scene): void {
  execFileSync('mount', ['--bind', archive, point]);
  onTestFinished(() => void execFileSync('umount', ['-l', point]));
}

const pulls = async ({ url }: RegistryProcess): Promise<boolean> =>
  [...(await new RegistryClient(url).pullAll('prod', 'kept')).values()].every(Boolean);

describe(
  'mounts inside the tree that a registry has and this host lacks',
  needs('mounts', 'registry', 'guard'),
  () => {
    it.each([
      ['writable', false],
      ['read-only', true],
    ])('refuse while it runs, %s, and before it is stopped', async (_, readOnly) => {
      const at = await scene();
      const registry = await started(at, apart(at), readOnly);
      const before = snapshot(join(at.root, 'docker'));
      const stop = ['--stop-command', `kill ${registry.pid}`, '--delete', ...CACHE];
      for (const result of [
        await sweep(at.root),
        await sweep(at.root, ...stop),
        await tidy(at.root),
        await regsweep(['guard', at.root]),
      ]) {
        expectCode(result, 12);
        const text = result.stdout + result.stderr;
        expect(text).toContain(`has ${at.archive} mounted inside the tree at ${at.point}`);
        expect(text).toContain(`mount --bind ${at.archive} ${at.point}`);
      }
      expect(snapshot(join(at.root, 'docker'))).toEqual(before);
      expect(await pulls(registry)).toBe(true);
    });

    it('count after it was stopped, within one command', async () => {
      const at = await scene();
      const registry = await started(at, apart(at), true);
      const tree = await openTree(at.root);
      const memory = newGuardMemory();
      const against = async (...[seen]: [typeof memory?]): Promise<string[]> =>
        (await inspect(tree, settings(seen === undefined ? {} : { memory: seen }))).evidence
          .filter(({ bearing }) => bearing === 'against')
          .map(({ kind }) => kind);
      expect(await against(memory)).toEqual(['nested-mount']);
      await registry.stop();
      expect(await against()).toEqual([]);
      expect(await against(memory)).toEqual(['nested-mount']);
    });

    it('are no obstacle once this host has them too: what lies there is kept', async () => {
      const at = await scene();
      mountHere(at);
      const registry = await started(at, ['unshare', '-m'], true);
      expectCode(await sweep(at.root, '-m'), 0);
      expect(await pulls(registry)).toBe(true);
    });
  },
);

describe('mounts inside the tree that this host has', needs('mounts', 'registry', 'guard'), () => {
  it('refuse where the registry lacks them: it writes beneath', async () => {
    const at = await scene();
    const registry = await started(at, ['unshare', '-m'], true);
    mountHere(at);
    const result = expectCode(await sweep(at.root), 12);
    expect(result.stderr).toContain(
      `this host has ${at.archive} mounted inside the tree at ${at.point}`,
    );
    expect(result.stderr).toContain(`kill ${registry.pid}`);
  });
});
