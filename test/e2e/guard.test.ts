/** A registry that could write is never swept under; one that can't is no obstacle. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { oracle } from '../harness/oracle.js';
import { run } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { type RegistryOptions, withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { everything, expectCode, purge, storeWith, sweep, tidy } from './world.js';

/** A tagged image and one whose manifest was deleted. */
async function store(): Promise<string> {
  const random = new Random('guard');
  const gone = images.dockerImage(random);
  return storeWith(async (client) => {
    await client.push('app', images.dockerImage(random), 'kept');
    await client.push('app', gone, 'gone');
    await client.deleteManifest('app', gone.manifest.digest);
  });
}

const tree = (root: string): Map<string, string> => snapshot(`${root}/docker`);

const READ_ONLY = { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' };
/** The registry reads its configuration's `false`, and stays writable. */
const NOT_READ_ONLY = { REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: 'true' };

async function refusedWhile(root: string, options: RegistryOptions): Promise<void> {
  const before = tree(root);
  await withRegistry(
    root,
    async ({ pid }) => {
      const results = [await sweep(root), await tidy(root)];
      for (const result of results) {
        expectCode(result, 12);
        expect(result.stderr).toContain(String(pid));
      }
      expect((await regsweep(['guard', root])).code).toBe(12);
    },
    options,
  );
  expect(tree(root)).toEqual(before);
}

describe('the guard', needs('registry', 'guard'), () => {
  it('refuses while the registry runs, and names it', async () => {
    await refusedWhile(await store(), {});
  });

  it('refuses when the environment only looks read-only', async () => {
    await refusedWhile(await store(), { readOnly: false, env: NOT_READ_ONLY });
  });

  it('refuses while the registry that runs needs a login', async () => {
    // The guard has no credentials, so it can't know.
    const htpasswd = join(await tempFolder(), 'htpasswd');
    writeFileSync(htpasswd, 'u:$2y$05$AAAAAAAAAAAAAAAAAAAAAOr9d0w0bZ0oT4R0o1q3zF9sQb1kq5y6S\n');
    await refusedWhile(await store(), { htpasswd, readOnly: true });
  });

  it.each<[string, RegistryOptions]>([
    ['by its environment', { env: READ_ONLY }],
    ['by its configuration', { readOnly: true }],
    ['under a prefix', { readOnly: true, prefix: '/store/' }],
  ])('allows sweeping under a registry that is read-only %s', async (_, options) => {
    const root = await store();
    const before = await everything(root);
    const expected = oracle(root);
    await withRegistry(
      root,
      async () => {
        const result = expectCode(await sweep(root), 0);
        expect(result.json).toMatchObject({
          guard: 'read-only',
          moved: { blob: expected.garbage.length },
        });
      },
      options,
    );
    expect(oracle(root)).toMatchObject({ live: expected.live, garbage: [] });
    expect(await everything(root)).toEqual(before);
  });

  it('says stopped, with exit 0, when nothing holds the tree', async () => {
    const root = await store();
    const flags = ['--quiet-window', '200ms', '--format', 'json'];
    const result = expectCode(await regsweep(['guard', root, ...flags]), 0);
    expect(result.json).toMatchObject({ schemaVersion: 1, state: 'stopped' });
  });
});

describe('the ground that it works on', needs('registry', 'guard'), () => {
  it.each<[string, (root: string) => void, number, RegExp]>([
    ['a root that all may write to', (root) => chmodSync(root, 0o777), 1, /chmod \+t \S+\/root/],
    ['a root that a group may write to', (root) => chmodSync(root, 0o775), 1, /chmod \+t/],
    ['the same, sticky', (root) => chmodSync(root, 0o1777), 0, /^(?!.*writable by others)/s],
    [
      'a folder above that all may write to',
      (root) => chmodSync(join(root, '..'), 0o777),
      0,
      /could replace the tree/,
    ],
    ['a link', (root) => symlinkSync('/tmp', join(root, '.regsweep')), 1, /is not a folder/],
    [
      'a folder of somebody else’s',
      (root) => {
        mkdirSync(join(root, '.regsweep'));
        chownSync(join(root, '.regsweep'), 1234, 1234);
      },
      1,
      /belongs to uid 1234/,
    ],
  ])('%s', async (_, prepare, code, says) => {
    const root = await store();
    prepare(root);
    const before = tree(root);
    const result = expectCode(await tidy(root), code);
    expect(result.stderr).toMatch(says);
    if (code === 0) return;
    expect(tree(root)).toEqual(before);
    const own = join(root, '.regsweep');
    expect(existsSync(own) ? readdirSync(own).includes('lock') : false).toBe(false);
  });
});

describe('registries elsewhere', needs('registry', 'guard', 'mounts'), () => {
  it('by their URL: quarantine, but nothing that ends for good before a day', async () => {
    const root = await store();
    await withRegistry(
      root,
      async ({ url }) => {
        const there = ['--registry-url', url];
        expectCode(await sweep(root, ...there, '--delete'), 12);
        expect(expectCode(await sweep(root, ...there), 0).json).toMatchObject({
          guard: 'read-only-remote',
          quarantine: true,
        });
        const purged = expectCode(await purge(root, ...there), 0);
        expect(purged.json).toMatchObject({ items: 0, diskBytes: 0 });
        expect(JSON.stringify(purged.json)).toContain('it is newer than 24 h');
      },
      { readOnly: true },
    );
  });

  it('refuses one writable of two, and a mirror', async () => {
    const [root, mirror] = [await store(), await store()];
    const readOnly = { readOnly: true };
    await withRegistry(
      root,
      ({ url }) =>
        withRegistry(
          mirror,
          async (other) => {
            const both = ['--registry-url', url, '--registry-url', other.url];
            const wrong = expectCode(await sweep(root, ...both), 12);
            expect(wrong.stderr).toContain(`${other.url} doesn't return a blob just written`);
          },
          readOnly,
        ),
      readOnly,
    );
    await withRegistry(root, async ({ url }) => {
      const result = expectCode(await sweep(root, '--registry-url', url), 12);
      expect(result.stderr).toContain('may accept writes');
    });
  });

  it('refuses a host name with several addresses', async () => {
    const root = await store();
    const hosts = join(await tempFolder(), 'hosts');
    writeFileSync(hosts, '192.0.2.1 many\n192.0.2.2 many\n');
    const script = `mount --bind ${hosts} /etc/hosts && exec "$@"`;
    const argv = ['-m', 'sh', '-c', script, '-', process.execPath, BIN, 'guard', root];
    const { code, stdout } = await run('unshare', [...argv, '--registry-url', 'http://many:5000']);
    expect([code, /many has 2 addresses: 192.0.2.1, 192.0.2.2/.test(stdout)]).toEqual([12, true]);
  });
});

describe('the settings file', needs('registry', 'guard', 'mounts'), () => {
  it('names bystanders only where root alone may write it', async () => {
    const root = await store();
    const file = join(await tempFolder(), 'settings.yaml');
    writeFileSync(file, `guard: {bystanders: [{command: x, sha256: ${'a'.repeat(64)}}]}\n`);
    expectCode(await regsweep(['guard', root, '--settings', file]), 0);
    for (const spoil of [() => chmodSync(file, 0o664), () => chownSync(file, 1234, 0)]) {
      spoil();
      const { stderr } = expectCode(await regsweep(['guard', root, '--settings', file]), 64);
      expect(stderr).toContain('other users than root may write to it');
      chmodSync(file, 0o644);
    }
  });
});

/** Sees the tree under another path only, in a mount namespace of its own. */
const elsewhere = (root: string, seenAs: string, readOnly: boolean): RegistryOptions => {
  const script = [
    `mount --bind "${root}" "${seenAs}"`,
    readOnly ? `mount -o remount,bind,ro "${seenAs}"` : 'true',
    `mount -t tmpfs none "${join(root, '..')}"`,
    'exec "$@"',
  ].join(' && ');
  return {
    seenAs,
    wrapper: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, '-'],
  };
};

describe('the guard, across mount namespaces', needs('registry', 'guard', 'mounts'), () => {
  it('refuses a registry that has the tree mounted under another path', async () => {
    const root = await store();
    const seenAs = join(await tempFolder(), 'seen');
    mkdirSync(seenAs);
    await refusedWhile(root, elsewhere(root, seenAs, false));
  });

  it('allows it when that mount is read-only', async () => {
    const root = await store();
    const seenAs = join(await tempFolder(), 'seen');
    mkdirSync(seenAs);
    const before = await everything(root);
    await withRegistry(
      root,
      async () => {
        expect(expectCode(await sweep(root), 0).json).toMatchObject({ guard: 'read-only' });
      },
      elsewhere(root, seenAs, true),
    );
    expect(oracle(root).garbage).toEqual([]);
    expect(await everything(root)).toEqual(before);
  });
});
