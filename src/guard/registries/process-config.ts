/** Reads the configuration of a registry process, and checks whether it changed after the start. */
import fs from 'node:fs';
import { type ProcessConfig, readProcessConfig } from '../../registry-config/process-config.js';
import { fsPath } from '../../storage/names.js';
import type { ProcessInfo } from '../host/processes.js';
import { attempt, isSeen, type Proc } from '../host/procfs.js';
import { type OwnPaths, resolveWithin } from '../host/resolve-in-root.js';
import type { RegistryObservation } from '../model/observations.js';
import { configWord, environmentOf } from './detect-registry-process.js';

export interface LoadedConfig {
  readonly config: ProcessConfig;
  /**
   * When the file, or a component of its path, was last changed or replaced; ms since the epoch.
   */
  readonly changedMs: number;
  /** Path of its unix socket as the process sees it; '' if it has none. */
  readonly absoluteSocket: string;
}

const CONFIG_LIMIT = 1 << 20;

/** @throws Error if the process, its environment or its file can't be read or parsed */
export function loadConfig(proc: Proc, info: ProcessInfo): LoadedConfig {
  const env = environmentOf(proc, info);
  if (!isSeen(env)) throw new Error('its environment can’t be read');
  const path = configWord(info.argv) ?? env.REGISTRY_CONFIGURATION_PATH;
  if (path === undefined) throw new Error('its command line names no configuration');
  const root = proc.path(info.id, 'root');
  const resolved = resolveWithin(root, absolute(proc, info, path), ownPaths(proc, info));
  const at = fsPath(root + resolved.path);
  const stat = fs.statSync(at);
  if (!stat.isFile() || stat.size > CONFIG_LIMIT) {
    throw new Error(`${path} is not a regular file of at most ${CONFIG_LIMIT} bytes`);
  }
  const config = readProcessConfig(fs.readFileSync(at, 'utf8'), env);
  return {
    config,
    changedMs: Math.max(stat.mtimeMs, stat.ctimeMs, resolved.exchangedMs),
    absoluteSocket: config.unixSocket ? absolute(proc, info, config.address) : '',
  };
}

const absolute = (proc: Proc, info: ProcessInfo, path: string): string =>
  path.startsWith('/') ? path : `${workingDirectory(proc, info)}/${path}`;

/** @throws Error if the folder has no path in the process's root */
function workingDirectory(proc: Proc, { id }: ProcessInfo): string {
  const cwd = proc.link(id, 'cwd');
  const there = proc.fileId(id, 'cwd');
  if (!isSeen(cwd) || !isSeen(there)) throw new Error('its working directory can’t be read');
  if (proc.fileId(id, `root${cwd}`) === there) return cwd;
  throw new Error('its working directory has no path in its root');
}

/** How the process sees its own entries of `/proc`. */
export const ownPaths = (proc: Proc, info: ProcessInfo): OwnPaths => ({
  cwd: () => workingDirectory(proc, info),
});

/** Start times have steps of 10 ms, and a file's times lag by a clock tick. */
const START_SLACK_MS = 20;
/**
 * A start script that writes the configuration and then executes the registry keeps its start time.
 */
const START_SCRIPT_MS = 5000;

/**
 * @param startedAtMs computed from the current wall clock
 * @returns whether the current file may differ from the one that the process read
 */
export function editedSince(
  proc: Proc,
  info: ProcessInfo,
  startedAtMs: number,
  changedMs: number,
): RegistryObservation['configEdited'] {
  const ms = changedMs - Math.min(startedAtMs, procFolderMs(proc, info));
  if (ms <= START_SLACK_MS) return false;
  return ms <= START_SCRIPT_MS ? 'at-start' : 'since';
}

/**
 * When the kernel made the process's folder in `/proc`, by the wall clock at that moment: at the
 * first access to it. The process had started by then. A computed start time after it shows that
 * the clock was set forward since.
 */
function procFolderMs(proc: Proc, info: ProcessInfo): number {
  const stat = attempt(() => fs.statSync(proc.path(info.pid, '')));
  return isSeen(stat) ? stat.ctimeMs : Number.POSITIVE_INFINITY;
}
