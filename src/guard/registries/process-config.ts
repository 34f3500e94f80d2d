/** The configuration of a registry process: found as the process finds it, and whether it was changed since. */
import fs from 'node:fs';
import { type ProcessConfig, readProcessConfig } from '../../registry-config/process-config.js';
import { fsPath } from '../../storage/names.js';
import type { ProcessInfo } from '../host/processes.js';
import { attempt, isSeen, type Proc } from '../host/procfs.js';
import { type OwnPaths, resolveWithin } from '../host/resolve-in-root.js';
import type { RegistryObservation } from '../model/observations.js';
import { configWord, environmentOf } from './detect.js';

export interface LoadedConfig {
  readonly config: ProcessConfig;
  /** When the file, or a folder or link on the way to it, was changed or exchanged last. */
  readonly changedMs: number;
  /** Where its unix socket lies, if it has one. */
  readonly absoluteSocket: string;
}

const CONFIG_LIMIT = 1 << 20;

/** @throws where the process, its environment or its file can't be read or understood */
export function loadConfig(proc: Proc, info: ProcessInfo): LoadedConfig {
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
    changedMs: Math.max(stat.mtimeMs, stat.ctimeMs, resolved.exchangedMs),
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

/** Start times come in steps of 10 ms, and a file's times lag by a tick. */
const START_SLACK_MS = 20;
/** A start script writes the config and becomes the registry, with the start time of the script. */
const START_SCRIPT_MS = 5000;

/**
 * @param startedAtMs computed from the time of day as it is now
 * @returns whether the file that is there now may be another than the one that the process read
 */
export function editedSince(
  proc: Proc,
  info: ProcessInfo,
  startedAtMs: number,
  changedMs: number,
): RegistryObservation['configEdited'] {
  const ms = changedMs - Math.min(startedAtMs, firstLookedAtMs(proc, info));
  if (ms <= START_SLACK_MS) return false;
  return ms <= START_SCRIPT_MS ? 'at-start' : 'since';
}

/**
 * When somebody first looked at the process, by the clock as it was then. It had started by then:
 * a later start means that the clock was set forward meanwhile.
 */
function firstLookedAtMs(proc: Proc, info: ProcessInfo): number {
  const stat = attempt(() => fs.statSync(proc.path(info.pid, '')));
  return isSeen(stat) ? stat.ctimeMs : Number.POSITIVE_INFINITY;
}
