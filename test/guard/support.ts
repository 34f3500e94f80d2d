/** Trees, registries and namespaces for the guard's tests; everything that is started is ended by its pid. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fingerprint, watchTree } from '../../src/guard/index.js';
import type { GuardSettings } from '../../src/guard/model/settings.js';
import type { Clearance } from '../../src/guard/model/types.js';
import type { StorageTree } from '../../src/storage/port.js';
import { freePort } from '../harness/ports.js';

export const settings = (more: Partial<GuardSettings> = {}): GuardSettings => ({
  quietWindowMs: 50,
  concurrency: 2,
  registryUrls: [],
  bystanders: [],
  ...more,
});

/** A clearance with work within the quiet window, as the frame of changing commands makes it. */
export async function clear<T>(
  tree: StorageTree,
  given: GuardSettings,
  work: (isSame: boolean) => Promise<T>,
  signal?: AbortSignal,
  earlier?: Fingerprint,
): Promise<{ clearance: Clearance; value: T }> {
  const watch = await watchTree(tree, given, signal, earlier);
  const value = await work(watch.isSame);
  return { clearance: await watch.clear(), value };
}

/** @param hex of its blob: two trees with the same one are copies */
export function makeTree(hex = HEX): StorageTree {
  return treeIn(fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'regsweep-guard-'))), hex);
}

/** One that has nothing of what another one has. */
export const makeOtherTree = (): StorageTree => makeTree('cd'.repeat(32));

const HEX = 'ab'.repeat(32);

/** A disk of its own (tmpfs) with a tree, mounted within another tree's folder. */
export function mountDisk(within: StorageTree): {
  mountPoint: string;
  tree: StorageTree;
  unmount(): void;
} {
  const mountPoint = `${within.rootDirectory}/disk`;
  fs.mkdirSync(mountPoint);
  execFileSync('mount', ['-t', 'tmpfs', 'none', mountPoint]);
  const unmount = (): void => void execFileSync('umount', ['-l', mountPoint]);
  return { mountPoint, tree: treeIn(`${mountPoint}/registry`), unmount };
}

function treeIn(rootDirectory: string, hex = HEX): StorageTree {
  const v2 = `${rootDirectory}/docker/registry/v2`;
  const blob = `${v2}/blobs/sha256/${hex.slice(0, 2)}/${hex}`;
  fs.mkdirSync(blob, { recursive: true });
  fs.writeFileSync(`${blob}/data`, 'content');
  fs.mkdirSync(`${v2}/repositories/app/_layers/sha256/${hex}`, { recursive: true });
  fs.writeFileSync(`${v2}/repositories/app/_layers/sha256/${hex}/link`, `sha256:${hex}`);
  fs.mkdirSync(`${v2}/repositories/app/_uploads/one`, { recursive: true });
  fs.writeFileSync(`${v2}/repositories/app/_uploads/one/data`, 'partial');
  const stat = fs.statSync(v2, { bigint: true });
  return {
    rootDirectory,
    v2,
    device: Number(stat.dev),
    inode: String(stat.ino),
    filesystemId: 'test',
    viaSymlink: false,
  };
}

export const LINK_FILE = `repositories/app/_layers/sha256/${HEX}/link`;
export const UPLOAD_FILE = 'repositories/app/_uploads/one/data';

export function removeTree(tree: StorageTree): void {
  if (!tree.rootDirectory.startsWith(fs.realpathSync(os.tmpdir()))) throw new Error('not ours');
  fs.rmSync(tree.rootDirectory, { recursive: true, force: true });
}

export interface Running {
  readonly pid: number;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();

export function start(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Running {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none', ...env },
  });
  child.stderr?.resume();
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void ended.then(() => running.delete(child));
  return {
    pid: child.pid!,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function stopAll(): Promise<void> {
  for (const child of [...running]) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) {
      await new Promise((resolve) => child.once('close', resolve));
    }
  }
}

export async function until(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000;
  while (Date.now() < end) {
    if (await check()) return;
    await sleep(20);
  }
  throw new Error(`never happened: ${what}`);
}

export interface RegistryOptions {
  readonly root: string;
  readonly config: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly more?: string;
}

export function writeConfig(file: string, root: string, port: number, more = ''): void {
  const address = `http: {addr: '127.0.0.1:${port}'}`;
  const storage = `{filesystem: {rootdirectory: '${root}'}${more}}`;
  fs.writeFileSync(file, `version: 0.1\nlog: {level: error}\nstorage: ${storage}\n${address}\n`);
}

export async function startRegistry(
  tree: StorageTree,
  env: NodeJS.ProcessEnv = {},
  more = '',
): Promise<Running & { port: number; config: string }> {
  const port = await freePort();
  const config = `${tree.rootDirectory}/config.yml`;
  writeConfig(config, tree.rootDirectory, port, more);
  const registry = start('docker-registry', ['serve', config], env);
  await until('the registry listens', () => connects(port));
  return { ...registry, port, config };
}

export function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Runs a program under a root filesystem of its own (tmpfs), as a container does.
 * @param binds [folder here, folder there, read-only]
 */
export async function startContainer(
  tree: StorageTree,
  binds: readonly (readonly [string, string, boolean])[],
  argv: readonly string[],
  options: { net?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<Running> {
  const root = `${tree.rootDirectory}/container-root`;
  fs.mkdirSync(root);
  const script = [
    'set -e',
    `mount -t tmpfs none '${root}'`,
    `mkdir -p '${root}/usr' '${root}/dev' '${root}/tmp'`,
    `mount --bind /usr '${root}/usr'`,
    ...['bin', 'sbin', 'lib', 'lib64'].map((name) => `ln -s usr/${name} '${root}/${name}'`),
    `touch '${root}/dev/null' && mount --bind /dev/null '${root}/dev/null'`,
    ...binds.flatMap(([from, to, readOnly]) => [
      `mkdir -p '${root}${to}'`,
      `mount --bind '${from}' '${root}${to}'`,
      ...(readOnly ? [`mount -o remount,bind,ro '${root}${to}'`] : []),
    ]),
    ...(options.net === true ? ['ip link set lo up 2>/dev/null || true'] : []),
    `exec chroot '${root}' ${argv.map((word) => `'${word}'`).join(' ')}`,
  ].join('\n');
  const flags = options.net === true ? ['-m', '-n'] : ['-m'];
  const started = start('unshare', [...flags, 'sh', '-c', script], options.env);
  await until('the container runs', () => commandOf(started.pid) === argv[0]);
  return started;
}

export function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]!;
  } catch {
    return '';
  }
}
