/** The mounts that this process sees. */
import { readFileSync } from 'node:fs';
import { BLOBS, REPOSITORIES } from '../layout.js';
import {
  below,
  coveringMount,
  joinPath,
  type Mount,
  overlayFolders,
  parseMountinfo,
} from './mountinfo.js';

/** @throws system errors, such as a missing /proc */
export function ownMounts(): Mount[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** @returns the mount points below an absolute real path, relative to it */
export function mountsWithin(path: string): string[] {
  return ownMounts().flatMap(({ mountPoint }) => below(path, mountPoint) || []);
}

/**
 * Finds folders of the tree that also appear at a mount inside the tree: through a bind mount, or
 * as a layer of an overlay. A mount that shows a folder above itself is a loop and is omitted.
 * @param v2 absolute real path of the tree
 * @returns paths relative to it
 */
export function mountedTwice(v2: string, mounts: readonly Mount[] = ownMounts()): string[] {
  const inside = mounts.filter(({ mountPoint }) => below(v2, mountPoint));
  const found = inside.flatMap((mount) => {
    const at = below(v2, mount.mountPoint)!;
    const layers = overlayFolders(mount).map(({ path }) => path);
    // A layer named by a relative path may be any folder of the tree.
    if (layers.some((path) => !path.startsWith('/'))) return [BLOBS, REPOSITORIES];
    return [...pathsOf(mounts, mount), ...layers]
      .map((path) => below(v2, path) ?? '')
      .filter((path) => path !== '' && path !== at && !at.startsWith(`${path}/`));
  });
  return [...new Set(found)];
}

/** The other paths of the mounted folder, or of a part of it. */
function pathsOf(mounts: readonly Mount[], { device, root, mountPoint }: Mount): string[] {
  return mounts.flatMap((other) => {
    if (other.device !== device || other.mountPoint === mountPoint) return [];
    const rest = below(other.root, root);
    const path = rest === undefined ? other.mountPoint : joinPath(other.mountPoint, rest);
    if (rest === undefined && below(root, other.root) === undefined) return [];
    return coveringMount(mounts, path) === other ? [path] : [];
  });
}
