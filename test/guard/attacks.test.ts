/** Ways to hide from the guard, tried on the real kernel. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspect } from '../../src/guard/index.js';
import type { StorageTree } from '../../src/storage/port.js';
import { freePort } from '../harness/ports.js';
import { needs } from '../harness/require.js';
import {
  commandOf,
  connects,
  LINK_FILE,
  makeTree,
  type Running,
  removeTree,
  settings,
  start,
  stopAll,
  until,
  writeConfig,
} from './support.js';

const READ_ONLY = { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' };

describe('the guard, against hiding', needs('registry', 'guard', 'mounts'), () => {
  let tree: StorageTree;
  beforeEach(() => {
    tree = makeTree();
  });
  afterEach(async () => {
    await stopAll();
    removeTree(tree);
  });

  const look = async (more = {}) => {
    const { state, evidence } = await inspect(tree, settings(more));
    const against = evidence.filter(({ bearing }) => bearing === 'against');
    return [state, ...against.map(({ kind, pid, mount }) => [kind, pid, mount].filter(Boolean))];
  };

  /** Runs a script in a mount namespace of its own, until it has become `sleep`. */
  const inNamespace = async (script: string): Promise<Running> => {
    const started = start('unshare', ['-m', '--propagation', 'private', 'sh', '-ec', script]);
    await until('it sleeps', () => commandOf(started.pid) === 'sleep');
    return started;
  };

  it('sees a chroot to a plain folder in another mount namespace, which mountinfo doesn’t show', async () => {
    const root = tree.rootDirectory;
    for (const file of ['/usr/bin/sleep', ...librariesOf('/usr/bin/sleep')]) {
      fs.mkdirSync(`${root}${file.slice(0, file.lastIndexOf('/'))}`, { recursive: true });
      fs.copyFileSync(file, root + file);
      fs.chmodSync(root + file, 0o755);
    }
    const holder = start('unshare', ['-m', 'chroot', root, '/usr/bin/sleep', '60']);
    await until('it sleeps', () => commandOf(holder.pid) === '/usr/bin/sleep');
    expect(await look()).toEqual(['refused', ['mount', holder.pid, '/docker/registry/v2']]);
    await holder.stop();
    // In our own namespace it is a process of this host like any other.
    const chrooted = start('chroot', [root, '/usr/bin/sleep', '60']);
    await until('it sleeps', () => commandOf(chrooted.pid) === '/usr/bin/sleep');
    expect(await look()).toEqual(['stopped']);
  });

  it('sees a whole disk through pivot_root', async () => {
    const disk = `${tree.rootDirectory}/new`;
    fs.mkdirSync(disk);
    const holder = await inNamespace(
      [
        `mount -t tmpfs none ${disk}`,
        `mkdir -p ${disk}/usr ${disk}/host ${disk}/old ${disk}/proc`,
        `mount -t proc none ${disk}/proc`,
        `mount --bind /usr ${disk}/usr`,
        `for n in bin sbin lib lib64; do ln -s usr/$n ${disk}/$n; done`,
        `mount --bind ${mountOf(tree.rootDirectory)} ${disk}/host`,
        `cd ${disk}`,
        'pivot_root . old',
        'umount -l /old',
        'exec sleep 60',
      ].join('\n'),
    );
    const seen = await look();
    expect(seen[0]).toBe('refused');
    expect(seen[1]!.slice(0, 2)).toEqual(['mount', holder.pid]);
    expect(seen[1]![2]).toMatch(/^\/host\/.*docker\/registry\/v2$/);
  });

  it('is not misled by a mount that another one hides', async () => {
    const { rootDirectory } = tree;
    const hidden = `${rootDirectory}/over`;
    fs.mkdirSync(`${hidden}/registry`, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'none', `${hidden}/registry`]);
    execFileSync('mount', ['-t', 'tmpfs', 'none', hidden]);
    try {
      fs.cpSync(`${rootDirectory}/docker`, `${hidden}/registry/docker`, { recursive: true });
      const over: StorageTree = {
        ...tree,
        rootDirectory: `${hidden}/registry`,
        v2: `${hidden}/registry/docker/registry/v2`,
      };
      const holder = await inNamespace(
        `mkdir ${hidden}/there; mount --bind ${hidden}/registry ${hidden}/there; exec sleep 60`,
      );
      const { evidence } = await inspect(over, settings());
      const against = evidence.filter(({ bearing }) => bearing === 'against');
      expect(against.map(({ kind, pid }) => [kind, pid])).toEqual([['mount', holder.pid]]);
    } finally {
      await stopAll();
      execFileSync('umount', [hidden]);
      execFileSync('umount', [`${hidden}/registry`]);
    }
  });

  it('finds a registry that its loader or a packer hides, and not one that only starts it', async () => {
    const port = await freePort();
    const config = `${tree.rootDirectory}/config.yml`;
    writeConfig(config, tree.rootDirectory, port);
    const loader = librariesOf('/usr/bin/sleep').find((name) => name.includes('/ld-'))!;
    const registry = start(loader, ['/usr/bin/docker-registry', 'serve', config]);
    await until('it listens', () => connects(port));
    expect(await look()).toEqual(['refused', ['process', registry.pid]]);
    await registry.stop();
    const starter = start('timeout', ['60', 'docker-registry', 'serve', config], READ_ONLY);
    await until('it listens', () => connects(port));
    const { pid } = starter;
    const child = Number(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
    try {
      expect(await look()).toEqual(['read-only']);
    } finally {
      process.kill(child, 'SIGKILL');
    }
  });

  it.each([
    ['its environment names the configuration', false],
    ['its configuration has any name', true],
  ])('finds a registry that its loader runs: %s', async (_, inWords) => {
    const port = await freePort();
    const config = `${tree.rootDirectory}/registry.conf`;
    writeConfig(config, tree.rootDirectory, port);
    const loader = librariesOf('/usr/bin/sleep').find((name) => name.includes('/ld-'))!;
    const more = inWords ? [config] : [];
    const env = { REGISTRY_CONFIGURATION_PATH: config };
    const registry = start(loader, ['/usr/bin/docker-registry', 'serve', ...more], env);
    await until('it listens', () => connects(port));
    expect(await look()).toEqual(['refused', ['process', registry.pid]]);
    // Which tree it serves isn't known any more.
    fs.unlinkSync(config);
    expect(await look()).toEqual(['refused', ['process', registry.pid]]);
  });

  it('refuses a packed registry, whose configuration can’t be read, as soon as it listens', async () => {
    // A program with a registry's name and nothing of it to be seen in its bytes.
    const packed = `${tree.rootDirectory}/registry`;
    fs.copyFileSync(process.execPath, packed);
    fs.chmodSync(packed, 0o755);
    const port = await freePort();
    const script = `require('net').createServer().listen(${port}, '127.0.0.1')`;
    const registry = start(packed, ['-e', script, 'serve', '/nowhere.conf']);
    await until('it listens', () => connects(port));
    expect(await look()).toEqual(['refused', ['process', registry.pid]]);
    await registry.stop();
    start(packed, ['-e', 'setInterval(() => 0, 1000)', 'serve', '/nowhere.conf']);
    expect(await look()).toEqual(['stopped']);
  });

  it('takes no shell or editor for a registry, whatever its words and its environment', async () => {
    const config = `${tree.rootDirectory}/registry.conf`;
    writeConfig(config, tree.rootDirectory, await freePort());
    const env = { REGISTRY_CONFIGURATION_PATH: config };
    const shell = start('sh', ['-c', 'sleep 60; exit'], env);
    const reader = start('tail', ['-f', config, '/usr/bin/docker-registry']);
    const other = start('sh', [
      '-c',
      'sleep 60; exit',
      '/usr/bin/docker-registry',
      'serve',
      config,
    ]);
    for (const { pid } of [shell, reader, other]) {
      await until('it runs', () => ['sh', 'tail'].includes(commandOf(pid)));
    }
    expect(await look()).toEqual(['stopped']);
    const ends = [shell, other].map(({ pid }) =>
      Number(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')),
    );
    for (const pid of ends) process.kill(pid, 'SIGKILL');
  });

  it('sees a writable mount within a read-only one', async () => {
    const { rootDirectory } = tree;
    const data = `${rootDirectory}/data`;
    fs.mkdirSync(data);
    const port = await freePort();
    const config = `${rootDirectory}/config.yml`;
    writeConfig(config, data, port);
    const mount = (...args: string[]) => execFileSync('mount', args);
    mount('--bind', rootDirectory, data);
    try {
      mount('-o', 'remount,bind,ro', data);
      start('docker-registry', ['serve', config]);
      await until('it listens', () => connects(port));
      expect(await look()).toEqual(['read-only']);
      mount('--bind', `${tree.v2}/repositories`, `${data}/docker/registry/v2/repositories`);
      expect((await look())[0]).toBe('refused');
    } finally {
      await stopAll();
      execFileSync('umount', ['-R', data]);
    }
  });

  /** A registry over `root`, in a mount namespace where `frozen` is read-only. */
  const startFrozen = async (root: string, frozen: string): Promise<Running> => {
    const port = await freePort();
    const config = `${tree.rootDirectory}/config.yml`;
    writeConfig(config, root, port);
    const script = `mount --bind ${frozen} ${frozen}; mount -o remount,bind,ro ${frozen}`;
    const registry = start('unshare', [
      ...['-m', '--propagation', 'private', 'sh', '-ec'],
      `${script}; exec docker-registry serve ${config}`,
    ]);
    await until('it listens', () => connects(port));
    return registry;
  };

  it('believes a read-only mount only where all of the tree lies on it', async () => {
    const other = makeTree();
    try {
      const { rootDirectory, v2 } = tree;
      const front = `${other.rootDirectory}/front`;
      fs.mkdirSync(front);
      fs.symlinkSync(`${rootDirectory}/docker`, `${front}/docker`);
      const linked = await startFrozen(front, front);
      expect(await look()).toEqual(['refused', ['process', linked.pid]]);
      await linked.stop();
      const whole = await startFrozen(rootDirectory, rootDirectory);
      expect(await look()).toEqual(['read-only']);
      await whole.stop();
      fs.renameSync(`${v2}/repositories/app`, `${other.rootDirectory}/app`);
      fs.symlinkSync(`${other.rootDirectory}/app`, `${v2}/repositories/app`);
      const partly = await startFrozen(rootDirectory, rootDirectory);
      expect(await look()).toEqual(['refused', ['process', partly.pid]]);
      await partly.stop();
    } finally {
      await stopAll();
      removeTree(other);
    }
  });

  it.each([
    ['its blobs of one algorithm', 'blobs/sha256', 'link'],
    ['its blobs of one prefix', 'blobs/sha256/ab', 'link'],
    ['one of its repositories', 'repositories/team/app', 'link'],
    ['one of its repositories by a mount', 'repositories/app', 'mount'],
  ])('finds a registry that shares %s', async (_, name, how) => {
    const other = makeTree();
    const there = `${other.v2}/${name}`;
    const here = `${tree.v2}/${name.replace('team/', '')}`;
    try {
      fs.rmSync(there, { recursive: true, force: true });
      fs.mkdirSync(there, { recursive: true });
      if (how === 'mount') execFileSync('mount', ['--bind', here, there]);
      else {
        fs.rmdirSync(there);
        fs.symlinkSync(here, there);
      }
      const port = await freePort();
      const config = `${tree.rootDirectory}/config.yml`;
      writeConfig(config, other.rootDirectory, port);
      const registry = start('docker-registry', ['serve', config]);
      await until('it listens', () => connects(port));
      expect(await look()).toEqual(['refused', ['process', registry.pid]]);
    } finally {
      await stopAll();
      if (how === 'mount') execFileSync('umount', [there]);
      removeTree(other);
    }
  });

  it.each<[string, (root: string, folder: string) => string]>([
    ['with .. behind a link', (root, folder) => `${folder}/link/../../${path.basename(root)}`],
    ['by its own /proc/self/cwd', (root) => `/proc/self/cwd/${path.basename(root)}`],
    ['by /proc/thread-self/root', (root) => `/proc/thread-self/root${root}`],
    ['by /proc/1/root, which is not looked into', (root) => `/proc/1/root${root}`],
    ['that doesn’t exist', (root) => `${root}/nowhere`],
  ])('refuses while a registry has a rootdirectory %s', async (_, spell) => {
    const { rootDirectory } = tree;
    const folder = path.dirname(rootDirectory);
    const elsewhere = makeTree();
    const deep = `${elsewhere.rootDirectory}/a/b`;
    fs.mkdirSync(deep, { recursive: true });
    const link = `${elsewhere.rootDirectory}/link`;
    fs.symlinkSync(deep, link);
    try {
      const port = await freePort();
      const config = `${elsewhere.rootDirectory}/config.yml`;
      writeConfig(config, spell(rootDirectory, elsewhere.rootDirectory), port);
      const script = `cd ${folder}; exec docker-registry serve ${config}`;
      const registry = start('sh', ['-ec', script]);
      await until('it listens', () => connects(port));
      expect(await look()).toEqual(['refused', ['process', registry.pid]]);
    } finally {
      await stopAll();
      removeTree(elsewhere);
    }
  });

  it('finds a registry that shares the blobs alone', async () => {
    const other = makeTree();
    try {
      fs.rmSync(`${other.v2}/blobs`, { recursive: true });
      fs.symlinkSync(`${tree.v2}/blobs`, `${other.v2}/blobs`);
      const port = await freePort();
      const config = `${tree.rootDirectory}/config.yml`;
      writeConfig(config, other.rootDirectory, port);
      const registry = start('docker-registry', ['serve', config]);
      await until('it listens', () => connects(port));
      expect(await look()).toEqual(['refused', ['process', registry.pid]]);
    } finally {
      await stopAll();
      removeTree(other);
    }
  });

  it('sees a file that a named bystander has open for writing, by its own path of it', async () => {
    const app = `${tree.rootDirectory}/app`;
    fs.mkdirSync(app);
    const tail = LINK_FILE.replace('repositories/app', '');
    const script = `mount --bind ${tree.v2}/repositories/app ${app}; exec sleep 60`;
    const exe = fs.realpathSync('/usr/bin/sleep');
    const sha256 = createHash('sha256').update(fs.readFileSync(exe)).digest('hex');
    const bystanders = [{ command: 'sleep', sha256 }];
    await inNamespace(script);
    expect(await look({ bystanders })).toEqual(['stopped']);
    const writer = await inNamespace(script.replace('60', `60 3>>${app}${tail}`));
    expect(await look({ bystanders })).toEqual(['refused', ['descriptor', writer.pid]]);
  });
});

/** The mount point that a path lies on. */
const mountOf = (path: string): string =>
  execFileSync('stat', ['-c', '%m', path], { encoding: 'utf8' }).trim();

/** What a program needs in a root of its own, its loader too. */
const librariesOf = (program: string): string[] =>
  execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
