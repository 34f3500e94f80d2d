/** Registry processes on this host: which tree each serves, and in which mode. */
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type ProcessConfig, readProcessConfig } from '../../registry-config/process-config.js';
import { TICK_MS } from '../../runtime/boot-clock.js';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import type { Guarded } from '../host/guarded-folders.js';
import { bootTime, isAlive, nameProcess, type ProcessInfo, startedAt } from '../host/processes.js';
import { isSeen, type Proc } from '../host/procfs.js';
import { type OwnPaths, resolveWithin } from '../host/resolve-in-root.js';
import type { RegistryObservation } from '../model/observations.js';
import type { GuardSettings } from '../model/settings.js';
import { askLive } from '../probe/local.js';
import { listeningAddresses } from '../probe/sockets.js';
import { configWord, environmentOf, registrySign, resemblesRegistry } from './detect.js';
import { type Placement, placeRegistry } from './rootdirectory.js';

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
  guarded: Guarded,
): Promise<RegistryObservation[]> {
  const boot = bootTime(proc);
  const looks = processes.map(async (info) => {
    const sign = registrySign(proc, info);
    if (sign === 'none') return undefined;
    if (sign === 'registry') return observePatiently(proc, tree, info, boot, settings, guarded);
    const seen = await observe(proc, tree, info, boot, settings, guarded);
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
  guarded: Guarded,
): Promise<RegistryObservation> {
  for (let look = 1; ; look++) {
    const seen = await observe(proc, tree, info, boot, settings, guarded);
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
  guarded: Guarded,
): Promise<RegistryObservation> {
  const base: Base = {
    ...nameProcess(proc, info),
    startedAtMs: startedAt(bootMs, info.startTicks),
    ...startedInBoot(proc, info),
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
    const placed = { ...known, ...place(proc, tree, info, config, guarded) };
    if (placed.serves !== 'this-tree' || !placed.mountWritable) return placed;
    const at = { absoluteSocket, configEdited: known.configEdited !== false };
    return { ...placed, live: await askLive(proc, info, config, settings, at) };
  } catch (error) {
    return { ...base, serves: 'unknown', detail: messageOf(error) };
  }
}

function startedInBoot(proc: Proc, info: ProcessInfo): Pick<RegistryObservation, 'started'> {
  const boot = proc.host('sys/kernel/random/boot_id');
  if (!isSeen(boot)) return {};
  return { started: { boot: boot.trim(), uptimeMs: info.startTicks * TICK_MS } };
}

function editedAfter(ms: number): RegistryObservation['configEdited'] {
  if (ms <= START_SLACK_MS) return false;
  return ms <= START_SCRIPT_MS ? 'at-start' : 'since';
}

/** An address is worth something to us only where the process has our network. */
function descriptorsOf(
  proc: Proc,
  info: ProcessInfo,
  { descriptors }: ProcessConfig,
): Pick<RegistryObservation, 'descriptors'> {
  if (info.netNamespace === proc.link('self', 'ns/net')) return { descriptors };
  return { descriptors: { descriptors: descriptors.descriptors } };
}

/** The first line only: what follows in a parser's message quotes the file, which may hold secrets. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.split('\n')[0]! : 'unknown';

interface Loaded {
  readonly config: ProcessConfig;
  readonly changedMs: number;
  /** Where its unix socket lies, if it has one. */
  readonly absoluteSocket: string;
}

/** @throws where the process, its environment or its file can't be read or understood */
export function loadConfig(proc: Proc, info: ProcessInfo): Loaded {
  const env = environmentOf(proc, info);
  if (!isSeen(env)) throw new Error('its environment can’t be read');
  const path = configWord(info.argv) ?? env.REGISTRY_CONFIGURATION_PATH;
  if (path === undefined) throw new Error('its command line names no configuration');
  const root = proc.path(info.id, 'root');
  const resolved = resolveWithin(root, absolute(proc, info, path), ownPaths(proc, info));
  const at = fsPath(root + resolved.path);
  const stat = fs.statSync(at);
  if (!stat.isFile() || stat.size > CONFIG_LIMIT) throw new Error(`${path} is no config file`);
  const config = readProcessConfig(fs.readFileSync(at, 'utf8'), env);
  return {
    config,
    changedMs: Math.max(stat.mtimeMs, stat.ctimeMs, resolved.linkedMs),
    absoluteSocket: config.unixSocket ? absolute(proc, info, config.address) : '',
  };
}

const absolute = (proc: Proc, info: ProcessInfo, path: string): string =>
  path.startsWith('/') ? path : `${workingDirectory(proc, info)}/${path}`;

/** As the process itself sees it. */
function workingDirectory(proc: Proc, { id }: ProcessInfo): string {
  const cwd = proc.link(id, 'cwd');
  const there = proc.fileId(id, 'cwd');
  if (!isSeen(cwd) || !isSeen(there)) throw new Error('its working directory can’t be read');
  if (proc.fileId(id, `root${cwd}`) === there) return cwd;
  throw new Error('its working directory has no path in its root');
}

export const ownPaths = (proc: Proc, info: ProcessInfo): OwnPaths => ({
  cwd: () => workingDirectory(proc, info),
});

function place(
  proc: Proc,
  tree: StorageTree,
  info: ProcessInfo,
  { rootDirectory, storageDriver }: ProcessConfig,
  guarded: Guarded,
): Partial<Placement> & Pick<Placement, 'serves' | 'detail'> {
  if (rootDirectory === undefined) {
    return { serves: 'no-filesystem', detail: `storage driver ${storageDriver}` };
  }
  return placeRegistry(proc, tree, info, rootDirectory, guarded, ownPaths(proc, info));
}
