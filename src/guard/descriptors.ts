/** Descriptors open for writing beneath the tree: a push under way, or anything else that writes. */
import { UPLOADS } from '../storage/layout.js';
import { below } from '../storage/mountinfo.js';
import { fsPath } from '../storage/names.js';
import type { StorageTree } from '../storage/port.js';
import type { Problem, WriteDescriptor } from './observations.js';
import type { Guarded } from './places.js';
import { isAlive, nameProcess, type ProcessInfo } from './processes.js';
import { attempt, DENIED, fileIdOf, isSeen, type Proc } from './procfs.js';

export interface DescriptorScan {
  readonly writers: readonly WriteDescriptor[];
  readonly problems: readonly Problem[];
}

const ACCESS_MODE = 0o3;

export function findWriters(
  proc: Proc,
  tree: StorageTree,
  processes: readonly ProcessInfo[],
  guarded: Guarded,
): DescriptorScan {
  const writers: WriteDescriptor[] = [];
  const problems: Problem[] = [];
  const roots = [...guarded.ownPaths];
  for (const info of processes) {
    const fds = proc.list(info.id, 'fd');
    if (fds === DENIED && info.pid !== 1 && isAlive(proc, info.pid))
      problems.push(unreadable(info));
    for (const fd of isSeen(fds) ? fds : []) {
      const path = proc.link(info.id, `fd/${fd}`);
      if (!isSeen(path) || !path.startsWith('/')) continue;
      if (!isBeneath(proc, tree, info, fd, path, roots)) continue;
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

/** By its path as we see it; or, opened in another namespace, by the file that stands at its tail here. */
function isBeneath(
  proc: Proc,
  tree: StorageTree,
  info: ProcessInfo,
  fd: string,
  path: string,
  roots: readonly string[],
): boolean {
  if (roots.some((root) => below(root, path) !== undefined)) return true;
  const tail = /\/((?:blobs|repositories)\/.*)$/.exec(path)?.[1];
  if (tail === undefined) return false;
  const theirs = proc.fileId(info.id, `fd/${fd}`);
  const ours = attempt(() => fileIdOf(fsPath(`${tree.v2}/${tail}`)));
  return isSeen(theirs) && theirs === ours;
}

/** Unknown flags count as writing; a descriptor closed meanwhile doesn't. */
function opensForWriting(proc: Proc, info: ProcessInfo, fd: string): boolean {
  const text = proc.text(info.id, `fdinfo/${fd}`);
  if (!isSeen(text)) return text === DENIED;
  const flags = /^flags:\s*([0-7]+)/m.exec(text)?.[1];
  return flags === undefined || (Number.parseInt(flags, 8) & ACCESS_MODE) !== 0;
}
