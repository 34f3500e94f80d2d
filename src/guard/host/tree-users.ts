/**
 * Finds processes that may write to the tree and don't look like a registry: those that name the
 * tree and listen on a socket, such as other registry software, and those that serve it by FUSE.
 */

import { parseMountinfo } from '../../storage/mounts/mountinfo.js';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import type { MountHolder, TreeUser } from '../model/observations.js';
import type { Guarded } from './guarded-folders.js';
import { parseTcp } from './listening-sockets.js';
import { namespaceProcess } from './mounts/mount-holders.js';
import { mountOf } from './mounts/mount-sightings.js';
import { type NamedPath, namedPath, openPath, pathsIn, pathsLeadingInto } from './named-paths.js';
import { nameProcess, type ProcessInfo } from './processes.js';
import { attempt, fileIdOf, isSeen, type Proc } from './procfs.js';
import { parseUnix } from './unix-sockets.js';

/**
 * @param others pids of processes that are judged as registries
 * @param holders mount namespaces; their processes are judged together unless one is a registry
 */
export function findTreeUsers(
  proc: Proc,
  tree: StorageTree,
  processes: readonly ProcessInfo[],
  guarded: Guarded,
  others: ReadonlySet<number>,
  holders: readonly MountHolder[],
): TreeUser[] {
  const leadsIn = pathsLeadingInto(proc, folderIds(tree, guarded));
  const judged = new Set(holders.flatMap((holder) => pidsOf(holder, others)));
  const own = ancestorsOf(proc, process.pid);
  const listening = new Map<string, ReadonlySet<string>>();
  return processes.flatMap((info): TreeUser[] => {
    if (others.has(info.pid) || judged.has(info.pid) || own.has(info.pid)) return [];
    const sockets = linksOf(proc, info);
    const serves = sockets.includes(FUSE_DEVICE);
    const listens = sockets.some((link) => listeningIn(proc, info, listening).has(link));
    if (!serves && !listens) return [];
    const named =
      namedPath(proc, info, leadsIn) ?? (serves ? openPath(proc, info, leadsIn) : undefined);
    if (named === undefined || (!serves && isReadOnlyThere(proc, info, named))) return [];
    const mountPoint = serves ? fuseMountOf(info, guarded) : undefined;
    return [
      {
        ...nameProcess(proc, info),
        how: serves ? 'fuse' : 'listens',
        ...named,
        process: namespaceProcess(proc, info),
        ...(mountPoint === undefined ? {} : { mountPoint }),
      },
    ];
  });
}

/**
 * Processes that are judged with their mount namespace. The answers of a registry decide on its
 * namespace but not on other processes in it, so those are judged one by one.
 */
function pidsOf({ processes }: MountHolder, registries: ReadonlySet<number>): number[] {
  const pids = processes.map(({ pid }) => pid);
  return pids.some((pid) => registries.has(pid)) ? [] : pids;
}

const FUSE_DEVICE = '/dev/fuse';

/** Identities of the tree's folders, of the mount points in it, and of the targets of its links. */
function folderIds(tree: StorageTree, guarded: Guarded): ReadonlySet<string> {
  const { rootDirectory, v2 } = tree;
  const places = guarded.places.map(({ path }) => path);
  const paths = [rootDirectory, `${rootDirectory}/docker`, `${rootDirectory}/docker/registry`, v2];
  const ids = [...paths, ...places].map((path) => attempt(() => fileIdOf(fsPath(path))));
  return new Set(ids.filter(isSeen));
}

/** This process and its ancestors. A shell that runs regsweep may work in the tree. */
function ancestorsOf(proc: Proc, pid: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = pid; at > 0 && !found.has(at); ) {
    found.add(at);
    const stat = proc.stat(at);
    at = isSeen(stat) ? stat.parent : 0;
  }
  return found;
}

function linksOf(proc: Proc, info: ProcessInfo): string[] {
  const files = proc.openFiles(info.id);
  return isSeen(files) ? files.map(({ path }) => path) : [];
}

/** `socket:[inode]` of every listening socket in its network namespace. */
function listeningIn(
  proc: Proc,
  info: ProcessInfo,
  known: Map<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const key = isSeen(info.netNamespace) ? info.netNamespace : `of ${info.pid}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const tcp = ['net/tcp', 'net/tcp6'].flatMap((name) => {
    const table = proc.text(info.id, name);
    return isSeen(table) ? parseTcp(table) : [];
  });
  const unix = proc.text(info.id, 'net/unix');
  const rows = [...tcp, ...(isSeen(unix) ? parseUnix(unix) : [])];
  const links = new Set(rows.map(({ inode }) => `socket:[${inode}]`));
  known.set(key, links);
  return links;
}

/** Whether the process sees the path through a read-only mount, as in a systemd sandbox. */
function isReadOnlyThere(proc: Proc, info: ProcessInfo, { path }: NamedPath): boolean {
  const text = proc.text(info.id, 'mountinfo');
  if (!isSeen(text)) return false;
  const mount = mountOf(proc, parseMountinfo(text), path, proc.path(info.id, 'root'));
  return mount?.writable === false;
}

/** A FUSE mount point that the arguments name, as those of most FUSE programs do. */
function fuseMountOf(info: ProcessInfo, { own }: Guarded): string | undefined {
  const named = new Set(info.argv.flatMap((word) => pathsIn(word, undefined)));
  return own.mounts.find(
    ({ fsType, mountPoint }) => /^fuse(?:\.|blk|$)/.test(fsType) && named.has(mountPoint),
  )?.mountPoint;
}
