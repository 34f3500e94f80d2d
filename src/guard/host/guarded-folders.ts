/** The guarded folders: the tree, the mount points in it, and the targets of links in it. */
import fs from 'node:fs';
import { below, type Mount, parseMountinfo } from '../../storage/mounts/mountinfo.js';
import { fsPath, nameFromBytes } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { type MountedPath, mountedPathOf, sightings } from './mounts/mount-sightings.js';
import { isSeen, type Proc } from './procfs.js';

export interface OwnMounts {
  /** The text of our mountinfo. A namespace with the same text has the same mounts. */
  readonly text: string;
  readonly mounts: readonly Mount[];
  readonly rootId: string;
}

export interface Guarded {
  readonly own: OwnMounts;
  readonly places: readonly MountedPath[];
  /** Every path at which our own namespace shows one of the places, or a part of one. */
  readonly ownPaths: ReadonlySet<string>;
  /** The places that symbolic links lead to; undefined before the first fingerprint finds them. */
  readonly outside: readonly string[] | undefined;
}

/**
 * @param outside real paths of folders that symbolic links in the tree lead to
 * @throws RegsweepError `guard-refused` if our own mounts can't be read
 */
export function guardedPlaces(
  proc: Proc,
  tree: StorageTree,
  outside: readonly string[] | undefined,
): Guarded {
  const text = proc.text('self', 'mountinfo');
  const rootId = proc.fileId('self', 'root');
  if (!isSeen(text) || !isSeen(rootId)) {
    throw new RegsweepError('guard-refused', 'regsweep can’t read its own mounts', {
      path: proc.path('self', 'mountinfo'),
      remedy: 'run regsweep as root on the host, with /proc mounted',
    });
  }
  const mounts = parseMountinfo(text);
  const v2 = nameFromBytes(fs.realpathSync.native(fsPath(tree.v2) as string, 'buffer'));
  const inner = mounts
    .map((mount) => mount.mountPoint)
    .filter((point) => (below(v2, point) ?? '') !== '');
  const paths = new Set([v2, ...inner, ...(outside ?? [])]);
  const places = [...paths]
    .map((path) => mountedPathOf(proc, mounts, path))
    .filter((p) => p !== undefined);
  const ownPaths = new Set(
    places.flatMap((place) => sightings(mounts, place).map((sighting) => sighting.path)),
  );
  return { own: { text, mounts, rootId }, places, ownPaths, outside };
}
