/**
 * Checks the type of the tree's filesystem, and looks for signs of registries that keep references
 * in a database outside the tree.
 */
import fs from 'node:fs';
import { FOREIGN_MARKERS } from '../../registry-config/foreign-markers.js';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { errnoOf } from '../../util/errors.js';
import type { MountedPath } from '../host/mounts/mount-sightings.js';
import type { Problem } from '../model/observations.js';

const ALLOWED = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'tmpfs']);
const NETWORK = /^(nfs|cifs|smb|ceph|gluster|9p|fuse|lustre|afs|gfs2|ocfs2|virtiofs|beegfs)/;

export const fileSystemAllowed = (type: string): boolean => ALLOWED.has(type);

/** @returns a problem for each place on a filesystem that other hosts or processes may write to */
export function fileSystemProblems(places: readonly MountedPath[]): Problem[] {
  return places
    .filter((place) => !fileSystemAllowed(place.fsType))
    .map((place) => ({
      message: `${place.path} is on ${place.fsType}: ${whyNot(place.fsType)}`,
      remedy: remedyFor(place.fsType),
      mount: place.path,
    }));
}

function whyNot(type: string): string {
  if (type.includes('overlay')) return 'processes outside it can write to its layers';
  if (NETWORK.test(type)) return 'other hosts may write to it without a trace here';
  return `only ${[...ALLOWED].join(', ')} are known to have no other writers than this host`;
}

function remedyFor(type: string): string {
  return type.includes('overlay')
    ? 'run regsweep on the host, on the volume that the container mounts'
    : 'run regsweep on the host that has the disk, or give --registry-url once per instance';
}

/** @throws system errors other than a missing file, since an unreadable marker may exist */
export function foreignMetadata(tree: StorageTree): Problem[] {
  return FOREIGN_MARKERS.map((marker) => ({
    ...marker,
    file: `${tree.rootDirectory}/${marker.path}`,
  }))
    .filter(({ file }) => exists(file))
    .map(({ file, message, remedy }) => ({
      message: `${message} (${file})`,
      remedy: remedy(file),
    }));
}

function exists(path: string): boolean {
  try {
    fs.lstatSync(fsPath(path));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
