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

export function ownMounts(): Mount[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Mount points below an absolute, real path, relative to it. */
export function mountsWithin(path: string): string[] {
  return ownMounts().flatMap(({ mountPoint }) => below(path, mountPoint) || []);
}

/**
 * Folders of the tree that a mount inside of it shows again: by a bind mount, or as a layer of an
 * overlay. Relative to it; a mount that shows a folder above itself is a loop, and left out.
 * @param v2 absolute, real path of the tree
 */
export function mountedTwice(v2: string, mounts: readonly Mount[] = ownMounts()): string[] {
  const inside = mounts.filter(({ mountPoint }) => below(v2, mountPoint));
  const found = inside.flatMap((mount) => {
    const at = below(v2, mount.mountPoint)!;
    const layers = overlayFolders(mount).map(({ path }) => path);
    // One that is named relative to a folder that isn't known may be any of the tree.
    if (layers.some((path) => !path.startsWith('/'))) return [BLOBS, REPOSITORIES];
    return [...pathsOf(mounts, mount), ...layers]
      .map((path) => below(v2, path) ?? '')
      .filter((path) => path !== '' && path !== at && !at.startsWith(`${path}/`));
  });
  return [...new Set(found)];
}

/** Where else the mounted folder, or a part of it, stands. */
function pathsOf(mounts: readonly Mount[], { device, root, mountPoint }: Mount): string[] {
  return mounts.flatMap((other) => {
    if (other.device !== device || other.mountPoint === mountPoint) return [];
    const rest = below(other.root, root);
    const path = rest === undefined ? other.mountPoint : joinPath(other.mountPoint, rest);
    if (rest === undefined && below(root, other.root) === undefined) return [];
    return coveringMount(mounts, path) === other ? [path] : [];
  });
}
