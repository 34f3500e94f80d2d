/** Holders in other namespaces, with the real registry and without. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainRefusal, inspect } from '../../src/guard/index.js';
import type { StorageTree } from '../../src/storage/port.js';
import { freePort } from '../harness/ports.js';
import { needs } from '../harness/require.js';
import {
  connects,
  LINK_FILE,
  makeTree,
  mountDisk,
  removeTree,
  settings,
  start,
  startContainer,
  stopAll,
  until,
  writeConfig,
} from './support.js';

const READ_ONLY = { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' };
const against = (verdict: Awaited<ReturnType<typeof inspect>>) =>
  verdict.evidence.filter((item) => item.bearing === 'against');
const _nothing = async (): Promise<string> => 'value';

describe('the guard and other namespaces', needs('registry', 'guard', 'mounts'), () => {
  let tree: StorageTree;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(async () => {
    await stopAll();
    removeTree(tree);
  });

  it('finds a registry in a container by its process and its mount', async () => {
    const port = await freePort();
    const etc = `${tree.rootDirectory}/etc`;
    fs.mkdirSync(etc);
    writeConfig(`${etc}/config.yml`, '/data', port);
    const registry = await startContainer(
      tree,
      [
        [tree.rootDirectory, '/data', false],
        [etc, '/etc/registry', true],
      ],
      ['/usr/bin/docker-registry', 'serve', '/etc/registry/config.yml'],
    );
    await until('it listens', () => connects(port));
    const verdict = await inspect(tree, settings());
    expect(against(verdict).map(({ kind, pid }) => ({ kind, pid }))).toEqual([
      { kind: 'process', pid: registry.pid },
      { kind: 'mount', pid: registry.pid },
    ]);
    expect(against(verdict)[1]!.mount).toBe('/data/docker/registry/v2');
  });

  it('clears a container whose mount is read-only, by the kernel', async () => {
    const port = await freePort();
    const etc = `${tree.rootDirectory}/etc`;
    fs.mkdirSync(etc);
    writeConfig(`${etc}/config.yml`, '/data', port);
    await startContainer(
      tree,
      [
        [tree.rootDirectory, '/data', true],
        [etc, '/etc/registry', true],
      ],
      ['/usr/bin/docker-registry', 'serve', '/etc/registry/config.yml'],
    );
    await until('it listens', () => connects(port));
    const verdict = await inspect(tree, settings());
    expect(against(verdict)).toEqual([]);
    expect(verdict.state).toBe('read-only');
  });

  it('asks a registry in its own network namespace there', async () => {
    const etc = `${tree.rootDirectory}/etc`;
    fs.mkdirSync(etc);
    writeConfig(`${etc}/config.yml`, '/data', 5000);
    const registry = await startContainer(
      tree,
      [
        [tree.rootDirectory, '/data', false],
        [etc, '/etc/registry', true],
      ],
      ['/usr/bin/docker-registry', 'serve', '/etc/registry/config.yml'],
      { net: true, env: READ_ONLY },
    );
    await until('it listens', () => /:1388 .* 0A /.test(tcpOf(registry.pid)));
    const verdict = await inspect(tree, settings());
    expect(against(verdict)).toEqual([]);
    expect(verdict.state).toBe('read-only');
  });

  it('refuses an idle program in a container that binds a whole disk, unless it is named', async () => {
    const disk = mountDisk(tree);
    try {
      const argv = ['/usr/bin/sleep', '60'];
      const started = await startContainer(tree, [[disk.mountPoint, '/host', false]], argv);
      const verdict = await inspect(disk.tree, settings());
      expect(against(verdict)).toMatchObject([{ kind: 'mount', pid: started.pid }]);
      const remedy = explainRefusal(verdict).remedies.join();
      const [, command, sha256] = /command: (\S+), sha256: ([0-9a-f]{64})/.exec(remedy)!;
      const named = settings({ bystanders: [{ command: command!, sha256: sha256! }] });
      const excused = await inspect(disk.tree, named);
      expect(excused.state).toBe('stopped');
      expect(excused.evidence.filter((item) => item.kind === 'bystander')).toHaveLength(1);
      const wrong = settings({ bystanders: [{ command: command!, sha256: '0'.repeat(64) }] });
      expect((await inspect(disk.tree, wrong)).state).toBe('refused');
    } finally {
      await stopAll();
      disk.unmount();
    }
  });

  it('is not deceived by a container that has the tree at the same path', async () => {
    const root = tree.rootDirectory;
    const started = await startContainer(tree, [[root, root, false]], ['/usr/bin/sleep', '60']);
    expect(against(await inspect(tree, settings()))).toMatchObject([
      { kind: 'mount', pid: started.pid, mount: tree.v2 },
    ]);
  });

  it('sees a bind of a part of the tree', async () => {
    await startContainer(
      tree,
      [[`${tree.v2}/repositories/app`, '/app', false]],
      ['/usr/bin/sleep', '60'],
    );
    const verdict = await inspect(tree, settings());
    expect(against(verdict)).toMatchObject([{ kind: 'mount', mount: '/app' }]);
  });

  it('is not troubled by a sandbox that sees the tree where we do', async () => {
    const root = tree.rootDirectory;
    const sandbox = start('unshare', [
      '-m',
      'sh',
      '-c',
      `mount --bind ${root} ${root} && exec sleep 61`,
    ]);
    await until('it sleeps', () => /sleep/.test(readText(`/proc/${sandbox.pid}/cmdline`)));
    expect((await inspect(tree, settings())).state).toBe('stopped');
  });

  it('refuses when a namespace on the host’s root shows the tree elsewhere', async () => {
    const elsewhere = `${tree.rootDirectory}/elsewhere`;
    fs.mkdirSync(elsewhere);
    const script = `mount --bind ${tree.rootDirectory}/docker ${elsewhere} && exec sleep 61`;
    const holder = start('unshare', ['-m', 'sh', '-c', script]);
    await until('it sleeps', () => readText(`/proc/${holder.pid}/cmdline`).startsWith('sleep'));
    expect(against(await inspect(tree, settings()))).toMatchObject([
      { kind: 'mount', pid: holder.pid },
    ]);
  });

  it('refuses while anything has a file of the tree open for writing', async () => {
    const writer = start('sh', ['-c', `exec sleep 61 3>>${tree.v2}/${LINK_FILE}`]);
    const reader = start('sh', ['-c', `exec sleep 62 3<${tree.v2}/${LINK_FILE}`]);
    await until('both sleep', () =>
      [writer, reader].every(({ pid }) => readText(`/proc/${pid}/cmdline`).startsWith('sleep')),
    );
    expect(against(await inspect(tree, settings()))).toMatchObject([
      { kind: 'descriptor', pid: writer.pid },
    ]);
  });

  it.each([
    ['on the host', [], ['stopped']],
    ['in a child PID namespace', ['unshare', '-p', '-f', '--mount-proc'], ['refused', 'view']],
    [
      'in a PID namespace that shows the host’s /proc',
      ['unshare', '-p', '-f'],
      ['refused', 'view'],
    ],
    [
      'without CAP_SYS_PTRACE',
      ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'],
      ['refused', 'view'],
    ],
  ])('judges its own view %s', (_, prefix, expected) => {
    const script = path.join(import.meta.dirname, 'inspect-main.ts');
    const argv = [...prefix, process.execPath, '--import', 'tsx', script, tree.rootDirectory];
    const { stdout, stderr } = spawnSync(argv[0]!, argv.slice(1), { encoding: 'utf8' });
    const found = JSON.parse(stdout || JSON.stringify(stderr)) as string[];
    // Where little can be seen, this host's own registries and containers are told besides.
    const kinds = found.filter((kind) => kind !== 'process');
    expect([...new Set(kinds)]).toEqual(expected);
  });
});

const tcpOf = (pid: number): string =>
  readText(`/proc/${pid}/net/tcp`) + readText(`/proc/${pid}/net/tcp6`);

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
