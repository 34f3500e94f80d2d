/** Registry processes on this host: which tree each serves, and in which mode. */
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { errnoOf } from '../errors.js';
import { BLOBS, REPOSITORIES, V2 } from '../storage/layout.js';
import { below, parseMountinfo } from '../storage/mountinfo.js';
import { fsPath } from '../storage/names.js';
import type { StorageTree } from '../storage/port.js';
import { fileSystemAllowed } from './filesystem.js';
import { askLive } from './live.js';
import { mountOf } from './mountinfo.js';
import type { RegistryObservation } from './observations.js';
import { bootTime, isAlive, nameProcess, type ProcessInfo, startedAt } from './processes.js';
import { fileIdOf, isSeen, type Proc } from './procfs.js';
import { type RegistryConfig, readRegistryConfig } from './registry-config.js';
import { configWord, environmentOf, registrySign, resemblesRegistry } from './registry-process.js';
import { type Resolved, resolveWithin } from './resolve.js';
import type { GuardSettings } from './settings.js';
import { listeningAddresses } from './sockets.js';

const CONFIG_LIMIT = 1 << 20;
/** Start times come in steps of 10 ms, and a file's times lag by a tick. */
const START_SLACK_MS = 20;
/** A start script writes the config and becomes the registry, with the start time of the script. */
const START_SCRIPT_MS = 5000;

export async function observeRegistries(
  proc: Proc,
  tree: StorageTree,
  processes: readonly ProcessInfo[],
  settings: GuardSettings,
): Promise<RegistryObservation[]> {
  const boot = bootTime(proc);
  const looks = processes.map(async (info) => {
    const sign = registrySign(proc, info);
    if (sign === 'none') return undefined;
    if (sign === 'registry') return observePatiently(proc, tree, info, boot, settings);
    const seen = await observe(proc, tree, info, boot, settings);
    return isDisguised(proc, info, seen) ? seen : undefined;
  });
  const seen = (await Promise.all(looks)).filter((found) => found !== undefined);
  return seen.filter(({ pid }) => isAlive(proc, pid));
}

/**
 * Of what only the words tell: a program that starts a registry and waits for it has the same
 * ones, and so has a shell, but they don't listen.
 */
function isDisguised(proc: Proc, info: ProcessInfo, seen: RegistryObservation): boolean {
  if (seen.serves === 'this-tree') return seen.live !== undefined && seen.live.listens !== false;
  if (seen.serves !== 'unknown' || !resemblesRegistry(proc, info)) return false;
  const addresses = listeningAddresses(proc, info.pid);
  return !isSeen(addresses) || addresses.length > 0;
}

/** A process that is just starting or ending can't be read for a moment. */
const LOOKS = 5;
const PAUSE_MS = 25;

async function observePatiently(
  proc: Proc,
  tree: StorageTree,
  info: ProcessInfo,
  boot: number,
  settings: GuardSettings,
): Promise<RegistryObservation> {
  for (let look = 1; ; look++) {
    const seen = await observe(proc, tree, info, boot, settings);
    if (seen.serves !== 'unknown' || look === LOOKS || !isAlive(proc, info.pid)) return seen;
    await setTimeout(PAUSE_MS);
  }
}

type Base = Omit<RegistryObservation, 'serves' | 'detail'>;

async function observe(
  proc: Proc,
  tree: StorageTree,
  info: ProcessInfo,
  bootMs: number,
  settings: GuardSettings,
): Promise<RegistryObservation> {
  const base: Base = {
    ...nameProcess(proc, info),
    startedAtMs: startedAt(bootMs, info.startTicks),
    mountWritable: true,
    readOnlyByConfig: false,
    configEdited: false as const,
    cache: false,
    harbor: false,
  };
  try {
    const { config, changedMs, absoluteSocket } = loadConfig(proc, info);
    const known = {
      ...base,
      readOnlyByConfig: config.readOnly,
      ...(config.ignoredSetting === undefined ? {} : { ignoredSetting: config.ignoredSetting }),
      configEdited: editedAfter(changedMs - base.startedAtMs),
      clientCertificate: config.clientCertificate,
      cache: config.cache,
      harbor: config.harbor,
      ...descriptorsOf(proc, info, config),
    };
    const placed = place(proc, tree, info, config, known);
    if (placed.serves !== 'this-tree' || !placed.mountWritable) return placed;
    const at = { absoluteSocket, configEdited: known.configEdited !== false };
    return { ...placed, live: await askLive(proc, info, config, settings, at) };
  } catch (error) {
    return { ...base, serves: 'unknown', detail: messageOf(error) };
  }
}

function editedAfter(ms: number): RegistryObservation['configEdited'] {
  if (ms <= START_SLACK_MS) return false;
  return ms <= START_SCRIPT_MS ? 'at-start' : 'since';
}

/** An address is worth something to us only where the process has our network. */
function descriptorsOf(
  proc: Proc,
  info: ProcessInfo,
  { descriptors }: RegistryConfig,
): Pick<RegistryObservation, 'descriptors'> {
  if (descriptors.descriptors === undefined) return {};
  if (info.netNamespace === proc.link('self', 'ns/net')) return { descriptors };
  return { descriptors: { descriptors: descriptors.descriptors } };
}

/** The first line only: what follows in a parser's message quotes the file, which may hold secrets. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.split('\n')[0]! : 'unknown';

interface Loaded {
  readonly config: RegistryConfig;
  readonly changedMs: number;
  /** Where its unix socket lies, if it has one. */
  readonly absoluteSocket: string;
}

/** @throws where the process, its environment or its file can't be read or understood */
function loadConfig(proc: Proc, info: ProcessInfo): Loaded {
  const env = environmentOf(proc, info);
  if (!isSeen(env)) throw new Error('its environment can’t be read');
  const path = configWord(info.argv) ?? env.REGISTRY_CONFIGURATION_PATH;
  if (path === undefined) throw new Error('its command line names no configuration');
  const root = proc.path(info.id, 'root');
  const resolved = resolveWithin(root, absolute(proc, info, path));
  const at = fsPath(root + resolved.path);
  const stat = fs.statSync(at);
  if (!stat.isFile() || stat.size > CONFIG_LIMIT) throw new Error(`${path} is no config file`);
  const config = readRegistryConfig(fs.readFileSync(at, 'utf8'), env);
  return {
    config,
    changedMs: Math.max(stat.mtimeMs, stat.ctimeMs, resolved.linkedMs),
    absoluteSocket: config.unixSocket ? absolute(proc, info, config.address) : '',
  };
}

function absolute(proc: Proc, info: ProcessInfo, path: string): string {
  if (path.startsWith('/')) return path;
  const cwd = proc.link(info.id, 'cwd');
  if (!isSeen(cwd)) throw new Error('its working directory can’t be read');
  return `${cwd}/${path}`;
}

function place(
  proc: Proc,
  tree: StorageTree,
  info: ProcessInfo,
  config: RegistryConfig,
  base: Base,
): RegistryObservation {
  if (config.rootDirectory === undefined) {
    return { ...base, serves: 'no-filesystem', detail: `storage driver ${config.storageDriver}` };
  }
  const root = proc.path(info.id, 'root');
  const resolved = resolveWithin(root, config.rootDirectory);
  const mountinfo = proc.text(info.id, 'mountinfo');
  if (!isSeen(mountinfo)) throw new Error('its mounts can’t be read');
  const mounts = parseMountinfo(mountinfo);
  const mount = mountOf(proc, mounts, resolved.path, root);
  const fsType = mount?.fsType ?? 'unknown';
  const inner = mounts.filter(({ mountPoint }) => (below(resolved.path, mountPoint) ?? '') !== '');
  return {
    ...base,
    serves: servesTree(root, resolved, tree) ? 'this-tree' : 'another-tree',
    detail: resolved.path,
    mountWritable: mount?.writable !== false || inner.some(({ writable }) => writable),
    ...(fileSystemAllowed(fsType) ? {} : { foreignFilesystem: fsType }),
  };
}

/** Its root is ours, lies above or beneath it, or shares a part with it: by identity, not by name. */
function servesTree(root: string, resolved: Resolved, tree: StorageTree): boolean {
  const ours = ancestors(tree.rootDirectory).map((path) => fileIdOf(fsPath(path)));
  if (!resolved.exists) return false;
  if (ours.includes(fileIdOf(fsPath(root + resolved.path)))) return true;
  for (const part of ['', `/${BLOBS}`, `/${REPOSITORIES}`]) {
    const theirs = resolveWithin(root, `${resolved.path}/${V2}${part}`);
    if (theirs.exists && idOrNone(root + theirs.path) === idOrNone(tree.v2 + part)) return true;
  }
  return ancestors(resolved.path).some((path) => idOrNone(root + path) === ours[0]);
}

function idOrNone(path: string): string | undefined {
  try {
    return fileIdOf(fsPath(path));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The path itself first, then every folder above it. */
function ancestors(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return [...parts.map((_, i) => `/${parts.slice(0, parts.length - i).join('/')}`), '/'];
}
