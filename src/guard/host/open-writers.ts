/** Finds descriptors that are open for writing below the tree, such as those of a running push. */
import { UPLOADS } from '../../storage/layout.js';
import { below, joinPath } from '../../storage/mounts/mountinfo.js';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import type { HeldMount, MountHolder, Problem, WriteDescriptor } from '../model/observations.js';
import type { Guarded } from './guarded-folders.js';
import { isAlive, nameProcess, type ProcessInfo } from './processes.js';
import { attempt, DENIED, type FileId, fileIdOf, GONE, isSeen, type Proc } from './procfs.js';

export interface DescriptorScan {
  readonly writers: readonly WriteDescriptor[];
  readonly problems: readonly Problem[];
}

const ACCESS_MODE = 0o3;

/** @returns a writer for each descriptor, and a problem for each process that can't be examined */
export function findWriters(
  proc: Proc,
  tree: StorageTree,
  processes: readonly ProcessInfo[],
  guarded: Guarded,
  holders: readonly MountHolder[],
): DescriptorScan {
  const writers: WriteDescriptor[] = [];
  const problems: Problem[] = [];
  const roots = [...guarded.ownPaths];
  for (const info of processes) {
    const there = holders.filter(({ namespace }) => namespace === info.mountNamespace);
    const mounts = there.flatMap((holder) => holder.mounts);
    const files = proc.openFiles(info.id);
    if (files === DENIED && info.pid !== 1 && isAlive(proc, info.pid))
      problems.push(unreadable(info));
    for (const { fd, path } of isSeen(files) ? files : []) {
      if (!path.startsWith('/')) continue;
      if (!roots.some((root) => below(root, path) !== undefined)) {
        const ours = [...byHeldMount(path, mounts), ...byTail(path, tree.v2)];
        const theirs = ours.length === 0 ? GONE : proc.fileId(info.id, `fd/${fd}`);
        if (!isSeen(theirs) || !ours.some((candidate) => idOf(candidate) === theirs)) continue;
      }
      if (!opensForWriting(proc, info, fd)) continue;
      const beneathUploads = path.split('/').includes(UPLOADS);
      writers.push({ ...nameProcess(proc, info), path, beneathUploads });
    }
  }
  return { writers, problems };
}

const unreadable = (info: ProcessInfo): Problem => ({
  message: `the open files of process ${info.pid} (${info.command}) can't be read`,
  remedy: 'run regsweep as root on the host itself, with CAP_SYS_PTRACE',
  pid: info.pid,
  command: info.command,
});

/** Our paths for a path of another namespace, by the mounts through which it has the tree. */
function byHeldMount(path: string, mounts: readonly HeldMount[]): string[] {
  return mounts.flatMap((mount) => {
    const rest = below(mount.path, path);
    return rest === undefined ? [] : [joinPath(mount.hostPath, rest)];
  });
}

/** Our paths for a path that ends like one in the tree. The caller compares the identities. */
function byTail(path: string, v2: string): string[] {
  const parts = [...path.matchAll(/\/(?=(?:blobs|repositories)\/)/g)];
  return parts.map(({ index }) => v2 + path.slice(index));
}

const idOf = (path: string): FileId | undefined => {
  const id = attempt(() => fileIdOf(fsPath(path)));
  return isSeen(id) ? id : undefined;
};

/** True if the flags are unknown. False if the descriptor was closed meanwhile. */
function opensForWriting(proc: Proc, info: ProcessInfo, fd: string): boolean {
  const text = proc.text(info.id, `fdinfo/${fd}`);
  if (!isSeen(text)) return text === DENIED;
  const flags = /^flags:\s*([0-7]+)/m.exec(text)?.[1];
  return flags === undefined || (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
}
