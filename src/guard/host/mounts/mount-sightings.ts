/** How a mount relates to a place on a filesystem. */
import fs from 'node:fs';
import {
  below,
  coveringMount,
  joinPath,
  type Mount,
  overlaps,
} from '../../../storage/mounts/mountinfo.js';
import { fsPath } from '../../../storage/names.js';
import { attempt, GONE, isSeen, type Proc } from '../procfs.js';

/** A folder of ours, by its path and by where it lies on its filesystem. */
export interface MountedPath {
  readonly path: string;
  readonly device: string;
  readonly fsPath: string;
  readonly fsType: string;
}

/**
 * The mount that a folder lies on, as the kernel tells of an open one: by paths alone, a mount that
 * another one hides could be taken for it.
 * @param root the folder that stands for `/` in that mount namespace
 */
export function mountOf(
  proc: Proc,
  mounts: readonly Mount[],
  path: string,
  root = '',
): Mount | undefined {
  const id = proc.root === '/proc' ? attempt(() => mountIdOf(root + path)) : GONE;
  const known = isSeen(id) ? mounts.find((mount) => mount.id === id) : undefined;
  const fits = known !== undefined && below(known.mountPoint, path) !== undefined;
  return fits ? known : coveringMount(mounts, path);
}

function mountIdOf(path: string): string | undefined {
  const fd = fs.openSync(fsPath(path), fs.constants.O_DIRECTORY | fs.constants.O_NONBLOCK);
  try {
    const info = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
    return /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
  } finally {
    fs.closeSync(fd);
  }
}

/** @param root the folder that stands for `/` in that mount namespace */
export function mountedPathOf(
  proc: Proc,
  mounts: readonly Mount[],
  path: string,
  root = '',
): MountedPath | undefined {
  const mount = mountOf(proc, mounts, path, root);
  if (mount === undefined) return undefined;
  const rest = below(mount.mountPoint, path)!;
  return {
    path,
    device: mount.device,
    fsPath: joinPath(mount.root, rest),
    fsType: mount.fsType,
  };
}

/** Where a mount shows a place, or a part of it. */
export interface Sighting {
  readonly mount: Mount;
  /** In the mount's own namespace. */
  readonly path: string;
  /** The same in ours. */
  readonly hostPath: string;
}

export function sightings(mounts: readonly Mount[], place: MountedPath): Sighting[] {
  return mounts.flatMap((mount): Sighting[] => {
    if (mount.device !== place.device) return [];
    const inside = below(mount.root, place.fsPath);
    if (inside !== undefined) {
      return [{ mount, path: joinPath(mount.mountPoint, inside), hostPath: place.path }];
    }
    const part = below(place.fsPath, mount.root);
    if (part === undefined) return [];
    return [{ mount, path: mount.mountPoint, hostPath: joinPath(place.path, part) }];
  });
}

/** Relative overlay folders (long option lists) match by their tail. */
export function overlayTouches(folder: string, place: string): boolean {
  return folder.startsWith('/')
    ? overlaps(folder, place)
    : folder !== '' && `${place}/`.includes(`/${folder}/`);
}
