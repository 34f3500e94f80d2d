/**
 * Finds mount namespaces, other than ours, in which the tree is mounted. A mount is the only trace
 * of a process that uses the tree and is idle.
 */

import {
  coveringMount,
  type Mount,
  overlayFolders,
  parseMountinfo,
} from '../../../storage/mounts/mountinfo.js';
import { fsPath } from '../../../storage/names.js';
import type {
  HeldMount,
  MountHolder,
  NamespaceProcess,
  NestedMount,
  OtherView,
  Problem,
} from '../../model/observations.js';
import { executableHash, executableKind } from '../executables.js';
import type { Guarded } from '../guarded-folders.js';
import { isAlive, nameProcess, type ProcessInfo } from '../processes.js';
import {
  attempt,
  type FileId,
  fileIdOf,
  GONE,
  isSeen,
  type Proc,
  type ProcResult,
} from '../procfs.js';
import { overlayTouches, sightings } from './mount-sightings.js';
import { nestedMounts } from './nested-mounts.js';

export interface HolderScan {
  readonly holders: readonly MountHolder[];
  /** Namespaces that have other mounts inside the tree than ours, holders or not. */
  readonly views: readonly OtherView[];
  readonly problems: readonly Problem[];
}

/**
 * @returns holders: namespaces with a mount of the tree of their own; views: namespaces with other
 *   mounts inside it; problems: processes whose mounts can't be read
 */
export function findHolders(
  proc: Proc,
  processes: readonly ProcessInfo[],
  guarded: Guarded,
): HolderScan {
  const own = proc.link('self', 'ns/mnt');
  const groups = groupByView(processes, isSeen(own) ? own : '', guarded.own.rootId);
  const holders: MountHolder[] = [];
  const views: OtherView[] = [];
  const problems: Problem[] = [];
  for (const members of groups.values()) {
    const found = scanGroup(proc, members, isSeen(own) ? own : '', guarded);
    if (found === GONE) continue;
    if ('message' in found) problems.push(found);
    else {
      const { mounts, nested } = found;
      if (mounts.length + nested.length === 0) continue;
      const holder = describe(proc, members, mounts);
      if (mounts.length > 0) holders.push(holder);
      if (nested.length > 0) views.push({ holder, nested });
    }
  }
  return { holders, views, problems };
}

/** Groups processes by mount namespace and root folder. Leaves out our own group. */
function groupByView(
  processes: readonly ProcessInfo[],
  ownNamespace: string,
  ownRoot: string,
): Map<string, ProcessInfo[]> {
  const groups = new Map<string, ProcessInfo[]>();
  for (const info of processes) {
    if (info.mountNamespace === ownNamespace && info.rootId === ownRoot) continue;
    const known = isSeen(info.mountNamespace) && isSeen(info.rootId);
    const key = known ? `${String(info.mountNamespace)} ${String(info.rootId)}` : `pid ${info.pid}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [info]);
    else group.push(info);
  }
  return groups;
}

interface Found {
  readonly mounts: readonly HeldMount[];
  readonly nested: readonly NestedMount[];
}

/** @returns GONE if every process of the group has ended */
function scanGroup(
  proc: Proc,
  members: readonly ProcessInfo[],
  own: string,
  guarded: Guarded,
): Found | Problem | typeof GONE {
  for (const info of members) {
    const text = proc.text(info.id, 'mountinfo');
    if (text === GONE) continue;
    if (!isAlive(proc, info.pid)) continue;
    if (!isSeen(text)) return unreadableMounts(info);
    const mounts = parseMountinfo(text);
    if (!isSeen(info.rootId)) return heldUnverified(proc, info, text, mounts, guarded);
    const held = [
      ...heldIn(proc, info, mounts, guarded),
      ...heldByRoot(proc, info, mounts, own, guarded),
    ];
    const nested = nestedMounts(proc, info, mounts, held, guarded);
    if (held.length > 0 && !isAlive(proc, info.pid)) continue;
    const samePaths = held.every((mount) => guarded.ownPaths.has(mount.path));
    if (info.rootId === guarded.own.rootId && samePaths) return { mounts: [], nested };
    // Messages name the first mount, so mounts at paths that we don't have come first.
    const elsewhere = (mount: HeldMount): number => (guarded.ownPaths.has(mount.path) ? 1 : 0);
    return { mounts: [...held].sort((a, b) => elsewhere(a) - elsewhere(b)), nested };
  }
  return GONE;
}

const unreadableMounts = (info: ProcessInfo): Problem => ({
  message: `the mounts of process ${info.pid} (${info.command}) can't be read`,
  remedy: 'run regsweep as root on the host itself',
  pid: info.pid,
  command: info.command,
});

/**
 * Judges a process by its mountinfo alone, since its root can't be examined. On hardened hosts PID
 * 1 is such a process. Any other one makes our view incomplete, which already refuses.
 */
function heldUnverified(
  proc: Proc,
  info: ProcessInfo,
  text: string,
  mounts: readonly Mount[],
  guarded: Guarded,
): Found {
  if (text === guarded.own.text) return { mounts: [], nested: [] };
  const seen = [...bindsOf(mounts, guarded), ...overlaysOf(mounts, guarded)];
  const sameRoot = rootKey(mounts) === rootKey(guarded.own.mounts);
  const samePaths = seen.every((mount) => guarded.ownPaths.has(mount.path));
  const nested = nestedMounts(proc, info, mounts, seen, guarded);
  return { mounts: info.pid === 1 && sameRoot && samePaths ? [] : seen, nested };
}

function rootKey(mounts: readonly Mount[]): string | undefined {
  const root = mounts.filter((mount) => mount.mountPoint === '/').at(-1);
  return root && `${root.device} ${root.root}`;
}

function heldIn(
  proc: Proc,
  info: ProcessInfo,
  mounts: readonly Mount[],
  guarded: Guarded,
): HeldMount[] {
  const binds = bindsOf(mounts, guarded).filter((held) => isSamePlace(proc, info, held));
  return [...binds, ...overlaysOf(mounts, guarded)];
}

/**
 * Looks for the tree below a process's root at each tail of the tree's path. A chroot's root is a
 * plain folder, so mountinfo doesn't show which folders the process can reach.
 */
function heldByRoot(
  proc: Proc,
  info: ProcessInfo,
  mounts: readonly Mount[],
  own: string,
  guarded: Guarded,
): HeldMount[] {
  if (info.mountNamespace === own || info.rootId === guarded.own.rootId) return [];
  const root = proc.path(info.id, 'root');
  return guarded.places.flatMap(({ path: hostPath }) => {
    const ours = attempt(() => fileIdOf(fsPath(hostPath)));
    const bare = tailsOf(hostPath).filter((tail) => coveringMount(mounts, tail) === undefined);
    const path = bare.find((tail) => isFile(root + tail, ours));
    return path === undefined ? [] : [{ path, hostPath, writable: true, via: 'bind' as const }];
  });
}

function isFile(path: string, id: ProcResult<FileId>): boolean {
  const found = attempt(() => fileIdOf(fsPath(path)));
  return isSeen(found) && found === id;
}

/** `/a/b`, `/b`, `/` */
function tailsOf(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return [...parts, ''].map((_, i) => `/${parts.slice(i).join('/')}`);
}

function bindsOf(mounts: readonly Mount[], guarded: Guarded): HeldMount[] {
  return guarded.places.flatMap((place) =>
    sightings(mounts, place).map(({ mount, path, hostPath }) => ({
      path,
      hostPath,
      writable: mount.writable,
      via: 'bind' as const,
    })),
  );
}

/** False if another mount hides the tree at that path. True if that can't be determined. */
function isSamePlace(proc: Proc, info: ProcessInfo, held: HeldMount): boolean {
  const theirs = attempt(() => fileIdOf(fsPath(proc.path(info.id, 'root') + held.path)));
  if (theirs === GONE) return false;
  const ours = attempt(() => fileIdOf(fsPath(held.hostPath)));
  return !isSeen(theirs) || !isSeen(ours) || theirs === ours;
}

function overlaysOf(mounts: readonly Mount[], guarded: Guarded): HeldMount[] {
  return mounts.flatMap((mount) =>
    overlayFolders(mount).flatMap((folder) =>
      guarded.places
        .filter((place) => overlayTouches(folder.path, place.path))
        .map((place) => ({
          path: mount.mountPoint,
          hostPath: place.path,
          writable: folder.writable,
          via: 'overlay' as const,
        })),
    ),
  );
}

function describe(
  proc: Proc,
  members: readonly ProcessInfo[],
  mounts: readonly HeldMount[],
): MountHolder {
  const first = members[0]!;
  return {
    ...nameProcess(proc, first),
    namespace: isSeen(first.mountNamespace) ? first.mountNamespace : `of process ${first.pid}`,
    mounts,
    processes: members.map((info) => namespaceProcess(proc, info)),
    ...(isSeen(first.rootId) || first.pid === 1 ? {} : { unverified: true }),
  };
}

/** Describes a process for the comparison with bystanders. Reads and hashes its executable. */
export function namespaceProcess(proc: Proc, info: ProcessInfo): NamespaceProcess {
  const exe = proc.path(info.id, 'exe');
  const kind = executableKind(exe);
  const sum = executableHash(exe);
  return {
    pid: info.pid,
    command: info.command,
    name: (info.argv[0] ?? info.comm).split('/').at(-1)!,
    executable: isSeen(kind) ? (kind === 'plain' ? 'plain' : 'registry') : 'unreadable',
    ...(isSeen(sum) ? { sha256: sum } : {}),
  };
}
