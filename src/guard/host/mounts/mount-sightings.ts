/** Compares mounts with folders by device and position on the filesystem. */
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

/** A folder in our namespace: its path, and its position on its filesystem. */
export interface MountedPath {
  readonly path: string;
  readonly device: string;
  readonly fsPath: string;
  readonly fsType: string;
}

/**
 * The mount that a folder is on. The kernel reports it for an opened folder. By paths alone, a
 * mount that another one hides could be taken for it, so that is only the fallback.
 * @param path absolute, as seen in the namespace of `mounts`
 * @param root our path to the root folder of that namespace
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

/** @param root our path to the root folder of the namespace of `mounts` */
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

/** A path at which a mount shows a place, or a part of it. */
export interface Sighting {
  readonly mount: Mount;
  /** In the namespace of the mount. */
  readonly path: string;
  /** The same folder in our namespace. */
  readonly hostPath: string;
}

/** @returns every path at which the mounts show the place, or a part of it; some may be hidden */
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

/** Relative overlay folders, as in long option lists, match by the end of their path. */
export function overlayTouches(folder: string, place: string): boolean {
  return folder.startsWith('/')
    ? overlaps(folder, place)
    : folder !== '' && `${place}/`.includes(`/${folder}/`);
}
