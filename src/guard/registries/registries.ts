/** Observes the registry processes on this host: which tree each serves, and in which mode. */
import { setTimeout } from 'node:timers/promises';
import type { ProcessConfig } from '../../registry-config/process-config.js';
import { TICK_MS } from '../../runtime/boot-clock.js';
import type { StorageTree } from '../../storage/port.js';
import type { Guarded } from '../host/guarded-folders.js';
import { listeningAddresses } from '../host/listening-sockets.js';
import { bootTime, isAlive, nameProcess, type ProcessInfo, startedAt } from '../host/processes.js';
import { isSeen, type Proc } from '../host/procfs.js';
import type { ContentAnswer, RegistryObservation } from '../model/observations.js';
import { mayServe } from '../model/registry-state.js';
import type { GuardSettings } from '../model/settings.js';
import { findApis } from '../probe/apis.js';
import { askLive } from '../probe/local.js';
import type { Nonce } from '../probe/nonce.js';
import { askContent, askNonce } from './ask-content.js';
import { registrySign, resemblesRegistry } from './detect-registry-process.js';
import { editedSince, loadConfig, ownPaths } from './process-config.js';
import { type Placement, placeRegistry } from './rootdirectory.js';
import { type Samples, sampleTree } from './samples.js';

/** The inputs that are the same for all processes of one inspection. */
interface Inputs {
  readonly proc: Proc;
  readonly tree: StorageTree;
  readonly settings: GuardSettings;
  readonly guarded: Guarded;
  readonly bootMs: number;
  /** `processKey` of registries that serve a copy of this tree, as a nonce has shown. */
  readonly copies: ReadonlySet<string>;
  readonly samples: () => Samples;
}

/** @param copies keys of registries that serve a copy of this tree, as a nonce has shown */
export async function observeRegistries(
  proc: Proc,
  tree: StorageTree,
  processes: readonly ProcessInfo[],
  settings: GuardSettings,
  guarded: Guarded,
  copies: ReadonlySet<string> = new Set(),
): Promise<RegistryObservation[]> {
  let samples: Samples | undefined;
  const inputs: Inputs = {
    ...{ proc, tree, settings, guarded, copies },
    bootMs: bootTime(proc),
    samples: () => {
      samples ??= sampleTree(tree);
      return samples;
    },
  };
  const observed = processes.map(async (info) => {
    const sign = registrySign(proc, info);
    if (sign === 'none') return undefined;
    if (sign === 'registry') return observePatiently(inputs, info);
    const registry = await observe(inputs, info);
    return isLikelyRegistry(proc, info, registry) ? registry : undefined;
  });
  const seen = (await Promise.all(observed)).filter((found) => found !== undefined);
  return seen.filter(({ pid }) => isAlive(proc, pid));
}

/**
 * Whether a process that has only a registry's arguments or environment is one. A program or a
 * shell that starts a registry and waits for it has the same ones, but doesn't listen.
 */
function isLikelyRegistry(
  proc: Proc,
  info: ProcessInfo,
  { serves, live }: RegistryObservation,
): boolean {
  if (serves === 'this-tree') return live !== undefined && live.listens !== false;
  if (!resemblesRegistry(proc, info)) return false;
  const addresses = listeningAddresses(proc, info.pid);
  return !isSeen(addresses) || addresses.length > 0;
}

/**
 * A process that is starting or ending may be unreadable or not listen yet, so it gets more tries.
 */
const TRIES = 5;
const PAUSE_MS = 25;

async function observePatiently(inputs: Inputs, info: ProcessInfo): Promise<RegistryObservation> {
  for (let count = 1; ; count++) {
    const seen = await observe(inputs, info);
    const isOpen = seen.serves === 'unknown' || seen.content?.listens === false;
    if (!isOpen || count === TRIES || !isAlive(inputs.proc, info.pid)) return seen;
    await setTimeout(PAUSE_MS);
  }
}

type Base = Omit<RegistryObservation, 'serves' | 'detail'>;

async function observe(inputs: Inputs, info: ProcessInfo): Promise<RegistryObservation> {
  const { proc, tree, settings } = inputs;
  const base: Base = {
    ...nameProcess(proc, info),
    key: processKey(info),
    startedAtMs: startedAt(inputs.bootMs, info.startTicks),
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
      configEdited: editedSince(proc, info, base.startedAtMs, changedMs),
      clientCertificate: config.clientCertificate,
      cache: config.cache,
      harbor: config.harbor,
      ...descriptorsOf(proc, info, config),
    };
    const placed = { ...known, ...place(proc, tree, info, config, inputs.guarded) };
    const here = placed.serves === 'this-tree';
    if (here && !placed.mountWritable) return placed;
    const content = here ? undefined : await contentOf(inputs, info, config);
    const asked = { ...placed, ...(content === undefined ? {} : { content }) };
    if (!here && !mayServe(asked)) return asked;
    const at = { absoluteSocket, configEdited: known.configEdited !== false };
    return { ...asked, live: await askLive(proc, info, config, settings, at) };
  } catch (error) {
    return { ...base, serves: 'unknown', detail: messageOf(error) };
  }
}

/** Identifies a process among all that this host runs until its next boot. */
const processKey = ({ pid, startTicks }: ProcessInfo): string => `${pid} ${startTicks}`;

async function contentOf(
  inputs: Inputs,
  info: ProcessInfo,
  config: ProcessConfig,
): Promise<ContentAnswer> {
  const { proc, tree, settings, copies } = inputs;
  const found = await findApis(proc, info, settings, config);
  try {
    const answer = await askContent(tree, found, inputs.samples(), config.cache);
    const isCopy = copies.has(processKey(info)) && ['has', 'undecided'].includes(answer.state);
    return isCopy ? { ...answer, state: 'elsewhere', byNonce: true } : answer;
  } finally {
    found.close();
  }
}

/**
 * Asks a registry that may serve a copy for a nonce that was just written to this tree.
 * @throws Error if its configuration can't be read
 */
export async function askForNonce(
  proc: Proc,
  info: ProcessInfo,
  settings: GuardSettings,
  nonce: Nonce,
): Promise<ContentAnswer> {
  const { config } = loadConfig(proc, info);
  const found = await findApis(proc, info, settings, config);
  try {
    return await askNonce(found, nonce);
  } finally {
    found.close();
  }
}

function startedInBoot(proc: Proc, info: ProcessInfo): Pick<RegistryObservation, 'started'> {
  const boot = proc.host('sys/kernel/random/boot_id');
  if (!isSeen(boot)) return {};
  return { started: { boot: boot.trim(), uptimeMs: info.startTicks * TICK_MS } };
}

/** Leaves out the address of a Redis cache if the process has another network namespace. */
function descriptorsOf(
  proc: Proc,
  info: ProcessInfo,
  { descriptors }: ProcessConfig,
): Pick<RegistryObservation, 'descriptors'> {
  if (info.netNamespace === proc.link('self', 'ns/net')) return { descriptors };
  return { descriptors: { descriptors: descriptors.descriptors } };
}

/** Only the first line: a parser's message then quotes the file, which may contain secrets. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.split('\n')[0]! : 'unknown';

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
