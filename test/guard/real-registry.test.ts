import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainRefusal, inspect } from '../../src/guard/index.js';
import type { StorageTree } from '../../src/storage/port.js';
import { freePort } from '../harness/ports.js';
import { needs } from '../harness/require.js';
import { FakeProc } from './fake-proc.js';
import {
  clear,
  commandOf,
  LINK_FILE,
  makeOtherTree,
  makeTree,
  removeTree,
  settings,
  start,
  startRegistry,
  stopAll,
  UPLOAD_FILE,
  until,
  writeConfig,
} from './support.js';

const READ_ONLY = { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' };
const against = (verdict: Awaited<ReturnType<typeof inspect>>) =>
  verdict.evidence.filter((item) => item.bearing === 'against');
const nothing = async (): Promise<string> => 'value';

describe('the guard and the real registry', needs('registry', 'guard', 'mounts'), () => {
  let tree: StorageTree;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(async () => {
    await stopAll();
    removeTree(tree);
  });

  it('refuses while a writable registry idles, and names it', async () => {
    const registry = await startRegistry(tree);
    const verdict = await inspect(tree, settings());
    expect(verdict.state).toBe('refused');
    expect(against(verdict)).toMatchObject([
      { kind: 'process', pid: registry.pid, command: `docker-registry serve ${registry.config}` },
    ]);
    expect(explainRefusal(verdict).remedies.join()).toContain(`kill ${registry.pid}`);
    expect(verdict.registries).toHaveLength(1);
    expect(Math.abs(verdict.registries[0]!.startedAtMs - Date.now())).toBeLessThan(30_000);
    await expect(clear(tree, settings(), nothing)).rejects.toMatchObject({
      code: 'guard-refused',
      message: expect.stringContaining(String(registry.pid)),
    });
  });

  it('clears the tree as stopped once the registry has ended', async () => {
    const registry = await startRegistry(tree);
    await registry.stop();
    const { clearance, value } = await clear(tree, settings(), nothing);
    expect(value).toBe('value');
    expect(clearance).toMatchObject({ state: 'stopped', uploadsMovable: true });
    const began = Date.now();
    const heldAt = await clearance.renew();
    expect(heldAt).toBeGreaterThanOrEqual(began);
    expect(Date.now() - began).toBeLessThan(1000);
  });

  it('clears a registry that is read-only by its environment, uploads excepted', async () => {
    const registry = await startRegistry(tree, READ_ONLY);
    const { clearance } = await clear(tree, settings({ quietWindowMs: 300 }), async () => {
      fs.writeFileSync(`${tree.v2}/${UPLOAD_FILE}`, 'the registry may clear these');
    });
    expect(clearance).toMatchObject({ state: 'read-only', uploadsMovable: false });
    expect(clearance.verdict.registries.map(({ pid }) => pid)).toEqual([registry.pid]);
    await clearance.renew();
    await registry.stop();
    await expect(clearance.renew()).rejects.toMatchObject({ code: 'guard-refused' });
  });

  it('takes yes for true in a config, as YAML 1.1 does', async () => {
    await startRegistry(tree, {}, ', maintenance: {readonly: {enabled: yes}}');
    expect((await inspect(tree, settings())).state).toBe('read-only');
  });

  it('refuses when the config was edited to read-only after the start', async () => {
    const registry = await startRegistry(tree);
    const fake = new FakeProc(`${tree.rootDirectory}/proc`);
    // Only this view of the process shows the edited file: others on this machine look at it too.
    const edited = `${tree.rootDirectory}/edited.yml`;
    const argv = ['docker-registry', 'serve', edited];
    fake.add({ pid: registry.pid, argv, exe: '/usr/bin/docker-registry' });
    fs.rmdirSync(`${fake.folder}/${registry.pid}/fd`);
    for (const name of ['fd', 'fdinfo', 'net']) {
      fake.link(`${registry.pid}/${name}`, `/proc/${registry.pid}/${name}`);
    }
    writeConfig(
      edited,
      tree.rootDirectory,
      registry.port,
      ', maintenance: {readonly: {enabled: true}}',
    );
    const found = against(await inspect(tree, settings({ procRoot: fake.folder })));
    expect(found.map(({ kind, pid }) => [kind, pid])).toEqual([['process', registry.pid]]);
    expect(found[0]!.message).toContain('it accepts writes');
    expect(found[0]!.message).toContain('edited after it started');
  });

  it('refuses a read-only registry that a login hides, until it is given one', async () => {
    const { htpasswd, password } = writeLogin(tree.rootDirectory);
    const env = {
      ...READ_ONLY,
      REGISTRY_AUTH: 'htpasswd',
      REGISTRY_AUTH_HTPASSWD_REALM: 'r',
      REGISTRY_AUTH_HTPASSWD_PATH: htpasswd,
    };
    await startRegistry(tree, env);
    const verdict = await inspect(tree, settings());
    expect(verdict.state).toBe('refused');
    expect(explainRefusal(verdict).remedies.join()).toContain('--registry-user');
    const login = { registryUser: 'u', registryPasswordFile: password };
    expect((await inspect(tree, settings(login))).state).toBe('read-only');
  });

  it('takes a registry on another tree as a note', async () => {
    const other = makeOtherTree();
    try {
      const registry = await startRegistry(other);
      const verdict = await inspect(tree, settings());
      expect(verdict.state).toBe('stopped');
      const seen = verdict.evidence.find((item) => item.pid === registry.pid);
      expect(seen).toMatchObject({ bearing: 'note', kind: 'process' });
    } finally {
      await stopAll();
      removeTree(other);
    }
  });

  it('asks a pull-through cache for nothing that it would fetch', async () => {
    const [other, upstream] = [makeOtherTree(), makeTree()];
    try {
      const { port, ...running } = await startRegistry(upstream);
      await startRegistry(other, { REGISTRY_PROXY_REMOTEURL: `http://127.0.0.1:${port}` });
      await running.stop();
      // It has a repository of that name, as this tree has: more it isn't asked.
      const before = fs.readdirSync(other.rootDirectory, { recursive: true }).sort();
      expect((await inspect(tree, settings())).state).toBe('refused');
      fs.renameSync(`${tree.v2}/repositories/app`, `${tree.v2}/repositories/app-only-here`);
      expect((await inspect(tree, settings())).state).toBe('stopped');
      expect(fs.readdirSync(other.rootDirectory, { recursive: true }).sort()).toEqual(before);
    } finally {
      await stopAll();
      removeTree(other);
      removeTree(upstream);
    }
  });

  it('finds out by writing where there is nothing to ask for, and leaves nothing', async () => {
    const other = makeOtherTree();
    const look = async (options = {}) => (await inspect(tree, settings(), options)).state;
    const paths = () => fs.readdirSync(tree.v2, { recursive: true }).sort();
    try {
      fs.unlinkSync(`${tree.v2}/${LINK_FILE}`);
      const before = paths();
      const registry = await startRegistry(other);
      // It has a repository of that name, too.
      expect([await look(), paths()]).toEqual(['refused', before]);
      expect([await look({ writeNonce: true }), paths()]).toEqual(['stopped', before]);
      await registry.stop();
      await startRegistry(tree);
      expect([await look({ writeNonce: true }), paths()]).toEqual(['refused', before]);
    } finally {
      await stopAll();
      removeTree(other);
    }
  });

  it('tells a copy by what is written, keeps that in mind, and asks again whoever starts later', async () => {
    const copy = makeTree();
    try {
      const registry = await startRegistry(copy);
      const verdict = await inspect(tree, settings());
      expect(verdict).toMatchObject({ state: 'refused', undecided: true });
      expect(explainRefusal(verdict).remedies.join()).not.toContain('kill');
      const { clearance } = await clear(tree, settings(), nothing);
      expect(clearance.state).toBe('stopped');
      await clearance.renew();
      await registry.stop();
      await startRegistry(copy);
      await expect(clearance.renew()).rejects.toMatchObject({ code: 'guard-refused' });
    } finally {
      await stopAll();
      removeTree(copy);
    }
  });

  it('refuses while a registry on another tree can’t be asked', async () => {
    const other = makeOtherTree();
    try {
      const config = `${other.rootDirectory}/config.yml`;
      writeConfig(config, other.rootDirectory, await freePort());
      // In a network namespace without an address, not even one of its own.
      const silent = start('unshare', ['-n', 'docker-registry', 'serve', config]);
      await until('it runs', () => commandOf(silent.pid) === 'docker-registry');
      const found = against(await inspect(tree, settings()));
      expect(found.map(({ kind, pid }) => [kind, pid])).toEqual([['process', silent.pid]]);
      expect(found[0]!.message).toContain('but it could not be asked');
    } finally {
      await stopAll();
      removeTree(other);
    }
  });

  it('finds a registry that starts during the quiet window', async () => {
    const run = clear(tree, settings(), () => startRegistry(tree).then(() => undefined));
    await expect(run).rejects.toMatchObject({ code: 'guard-refused' });
  });

  it('loses its clearance when a registry starts midway', async () => {
    const { clearance } = await clear(tree, settings(), nothing);
    await startRegistry(tree);
    await expect(clearance.renew()).rejects.toMatchObject({
      code: 'guard-refused',
      message: expect.stringContaining('midway'),
    });
  });

  it('is not deceived by the setting that does nothing', async () => {
    const env = { REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED: 'true' };
    const more = ', maintenance: {readonly: {enabled: false}}';
    await startRegistry(tree, env, more);
    const verdict = await inspect(tree, settings());
    expect(verdict.state).toBe('refused');
    expect(against(verdict)[0]!.message).toContain('READONLY_ENABLED has no effect');
  });

  it('finds an API behind a prefix, and not its debug port', async () => {
    const debug = await freePort();
    const env = {
      ...READ_ONLY,
      REGISTRY_HTTP_PREFIX: '/deep/',
      REGISTRY_HTTP_DEBUG_ADDR: `127.0.0.1:${debug}`,
    };
    await startRegistry(tree, env);
    expect((await inspect(tree, settings())).state).toBe('read-only');
  });

  it('refuses a pull-through cache even in read-only mode', async () => {
    const upstream = makeOtherTree();
    try {
      const { port } = await startRegistry(upstream);
      const env = { ...READ_ONLY, REGISTRY_PROXY_REMOTEURL: `http://127.0.0.1:${port}` };
      const cache = await startRegistry(tree, env);
      const found = against(await inspect(tree, settings()));
      expect(found.map(({ kind, pid }) => [kind, pid])).toEqual([['process', cache.pid]]);
      expect(found[0]!.message).toContain('pull-through cache');
    } finally {
      await stopAll();
      removeTree(upstream);
    }
  });

  it('takes a URL for registries elsewhere, by a nonce, and leaves nothing behind', async () => {
    const registry = await startRegistry(tree, READ_ONLY);
    const before = fs.readdirSync(tree.v2, { recursive: true }).sort();
    const urls = settings({ registryUrls: [`http://127.0.0.1:${registry.port}`] });
    const { clearance } = await clear(tree, urls, nothing);
    expect(clearance).toMatchObject({ state: 'read-only-remote', uploadsMovable: false });
    expect(fs.readdirSync(tree.v2, { recursive: true }).sort()).toEqual(before);
  });

  it('refuses a URL that serves another tree', async () => {
    const other = makeTree();
    try {
      const registry = await startRegistry(other, READ_ONLY);
      const urls = settings({ registryUrls: [`http://127.0.0.1:${registry.port}`] });
      await expect(clear(tree, urls, nothing)).rejects.toMatchObject({
        code: 'guard-refused',
        message: expect.stringContaining('it serves another one'),
      });
    } finally {
      await stopAll();
      removeTree(other);
    }
  });
});

/** A user `u` with the password `p`, bcrypt, as htpasswd writes it. */
function writeLogin(folder: string): { htpasswd: string; password: string } {
  const htpasswd = `${folder}/htpasswd`;
  const password = `${folder}/password`;
  fs.writeFileSync(htpasswd, `u:${BCRYPT_OF_P}\n`);
  fs.writeFileSync(password, 'p\n');
  return { htpasswd, password };
}

const BCRYPT_OF_P = '$2y$05$abcdefghijklmnopqrstuuqwWMzKt5N8p.u2GX5MuH1t19BMWuLOW';
