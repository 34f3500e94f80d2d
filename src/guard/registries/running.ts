/**
 * Lists the running registries of this host and their trees. Finds trees; proves nothing about one.
 */
import { parseMountinfo } from '../../storage/mounts/mountinfo.js';
import { ownMounts } from '../../storage/mounts/own-mounts.js';
import { fsPath } from '../../storage/names.js';
import { mountedPathOf, sightings } from '../host/mounts/mount-sightings.js';
import { nameProcess, type ProcessInfo, readProcesses } from '../host/processes.js';
import { attempt, type FileId, fileIdOf, isSeen, Proc } from '../host/procfs.js';
import { resolveWithin } from '../host/resolve-in-root.js';
import type { ProcessName } from '../model/observations.js';
import { registrySign } from './detect-registry-process.js';
import { loadConfig, ownPaths } from './process-config.js';

export interface RunningRegistry {
  readonly process: ProcessName;
  /** The path in the process's own namespace. */
  readonly rootDirectory: string;
  /** Identity of that folder. */
  readonly rootId: FileId;
  /** Its paths on this host; empty if only the process's own mounts show it. */
  readonly hostPaths: readonly string[];
}

export interface HostProcesses {
  readonly registries: readonly RunningRegistry[];
  /** Number of processes that can't be read. Some may be registries. */
  readonly unreadable: number;
  /** `--data-root` of Docker daemons. */
  readonly dockerRoots: readonly string[];
}

/** Reads all processes. Leaves out registries whose configuration can't be read. */
export function hostProcesses(proc = new Proc()): HostProcesses {
  const { processes, problems } = readProcesses(proc);
  return {
    registries: processes.flatMap((info) => attemptRegistry(proc, info)),
    unreadable: problems.length,
    dockerRoots: processes.flatMap(({ argv }) => dataRootOf(argv)),
  };
}

/** @returns nothing for a registry whose configuration can't be read */
function attemptRegistry(proc: Proc, info: ProcessInfo): RunningRegistry[] {
  try {
    if (registrySign(proc, info) !== 'registry') return [];
    const { rootDirectory } = loadConfig(proc, info).config;
    return rootDirectory === undefined ? [] : [placed(proc, info, rootDirectory)];
  } catch {
    return [];
  }
}

/** @throws system errors if the folder is missing or can't be read */
function placed(proc: Proc, info: ProcessInfo, rootDirectory: string): RunningRegistry {
  const root = proc.path(info.id, 'root');
  const { path } = resolveWithin(root, rootDirectory, ownPaths(proc, info));
  const rootId = fileIdOf(fsPath(root + path));
  const mountinfo = proc.text(info.id, 'mountinfo');
  const place = isSeen(mountinfo)
    ? mountedPathOf(proc, parseMountinfo(mountinfo), path, root)
    : undefined;
  const own = ownMounts();
  const paths = place === undefined ? [] : sightings(own, place).map((seen) => seen.path);
  const isIt = (candidate: string): boolean =>
    attempt(() => fileIdOf(fsPath(candidate))) === rootId;
  const hostPaths = [path, ...paths].filter(isIt);
  return {
    process: nameProcess(proc, info),
    rootDirectory,
    rootId,
    hostPaths: [...new Set(hostPaths)],
  };
}

function dataRootOf(argv: readonly string[]): string[] {
  if (argv[0]?.split('/').at(-1) !== 'dockerd') return [];
  return argv.flatMap((word, i) => {
    if (word.startsWith('--data-root=')) return [word.slice('--data-root='.length)];
    return word === '--data-root' && argv[i + 1] !== undefined ? [argv[i + 1]!] : [];
  });
}
