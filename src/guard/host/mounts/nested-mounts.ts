/**
 * Finds mounts inside the tree that only one of two mount namespaces has. With one, the mark here
 * doesn't cover the files that are served there, and a folder that is empty here may be a mount
 * point there.
 */
import { below, coveringMount, joinPath, type Mount } from '../../../storage/mounts/mountinfo.js';
import { fsPath } from '../../../storage/names.js';
import type { HeldMount, NestedMount } from '../../model/observations.js';
import type { Guarded } from '../guarded-folders.js';
import type { ProcessInfo } from '../processes.js';
import { attempt, DENIED, fileIdOf, GONE, isSeen, type Proc } from '../procfs.js';
import { sightings } from './mount-sightings.js';

/**
 * @param mounts those of the process's namespace
 * @param held paths at which that namespace shows the tree, or parts of it
 * @returns mounts that only one of the two has, without those inside another of them
 */
export function nestedMounts(
  proc: Proc,
  info: ProcessInfo,
  mounts: readonly Mount[],
  held: readonly HeldMount[],
  guarded: Guarded,
): NestedMount[] {
  const found = new Map<string, NestedMount>();
  const isSame = (path: string, hostPath: string): boolean =>
    isSameFolder(proc, info, mounts, path, hostPath, guarded);
  for (const { path, hostPath, via } of held) {
    if (via === 'overlay') continue;
    for (const mount of mounts) {
      const rest = below(path, mount.mountPoint);
      if (!rest) continue;
      const here = joinPath(hostPath, rest);
      if (isSame(mount.mountPoint, here)) continue;
      const source = sourceOf(mount, guarded.own.mounts);
      found.set(here, { path: mount.mountPoint, hostPath: here, only: 'theirs', ...source });
    }
    for (const mount of guarded.own.mounts) {
      const rest = below(hostPath, mount.mountPoint);
      if (!rest || found.has(mount.mountPoint)) continue;
      const there = joinPath(path, rest);
      if (isSame(there, mount.mountPoint)) continue;
      const source = sourceOf(mount, guarded.own.mounts);
      found.set(mount.mountPoint, {
        path: there,
        hostPath: mount.mountPoint,
        only: 'ours',
        ...source,
      });
    }
  }
  return outermost([...found.values()]);
}

const outermost = (found: readonly NestedMount[]): NestedMount[] =>
  found.filter(({ hostPath }) => !found.some((other) => below(other.hostPath, hostPath)));

/**
 * Compares by identity. Compares by mounts if one of the folders can't be examined. A folder that
 * is missing on one side differs.
 */
function isSameFolder(
  proc: Proc,
  info: ProcessInfo,
  mounts: readonly Mount[],
  path: string,
  hostPath: string,
  guarded: Guarded,
): boolean {
  const root = proc.path(info.id, 'root');
  const theirs = isSeen(info.rootId) ? attempt(() => fileIdOf(fsPath(root + path))) : DENIED;
  const ours = attempt(() => fileIdOf(fsPath(hostPath)));
  if (theirs === GONE || ours === GONE) return false;
  if (isSeen(theirs) && isSeen(ours)) return theirs === ours;
  return placeText(mounts, path) === placeText(guarded.own.mounts, hostPath);
}

function placeText(mounts: readonly Mount[], path: string): string {
  const mount = coveringMount(mounts, path);
  if (mount === undefined) return '';
  return `${mount.device} ${joinPath(mount.root, below(mount.mountPoint, path) ?? '')}`;
}

/** The mounted filesystem or folder as text for messages, and a path at which this host has it. */
function sourceOf(mount: Mount, own: readonly Mount[]): Pick<NestedMount, 'source' | 'hostSource'> {
  const { device, root, fsType, source } = mount;
  const place = { path: '', device, fsPath: root, fsType };
  const seen = sightings(own, place).find(({ hostPath }) => hostPath === '');
  const name = source === 'none' || source === fsType ? fsType : source;
  return {
    source: seen?.path ?? (root === '/' ? name : `${name}[${root}]`),
    ...(seen === undefined ? {} : { hostSource: seen.path }),
  };
}
