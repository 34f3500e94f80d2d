/** Where a registry keeps its tree, as its own process sees it: which tree that is, and whether it can write there. */
import { posix } from 'node:path';
import { BLOBS, REPOSITORIES, V2 } from '../../storage/layout.js';
import { below, type Mount, overlaps, parseMountinfo } from '../../storage/mounts/mountinfo.js';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { errnoOf } from '../../util/errors.js';
import { fileSystemAllowed } from '../filesystem/filesystem.js';
import type { Guarded } from '../host/guarded-folders.js';
import {
  type MountedPath,
  mountedPathOf,
  mountOf,
  sightings,
} from '../host/mounts/mount-sightings.js';
import type { ProcessInfo } from '../host/processes.js';
import { fileIdOf, isSeen, type Proc } from '../host/procfs.js';
import { type OwnPaths, type ResolvedPath, resolveWithin } from '../host/resolve-in-root.js';
import type { RegistryObservation } from '../model/observations.js';
import { type RegistryFolders, registryFolders } from './shared-folders.js';

export type Placement = Pick<
  RegistryObservation,
  'serves' | 'detail' | 'mountWritable' | 'foreignFilesystem'
>;

/** What one process sees. */
interface Sight {
  readonly proc: Proc;
  readonly root: string;
  readonly mounts: readonly Mount[];
  readonly own: OwnPaths;
  /** Our namespace and our root: paths mean the same to it and to us. */
  readonly sameView: boolean;
}

/** @throws where the process's mounts or the way to its tree can't be read */
export function placeRegistry(
  proc: Proc,
  tree: StorageTree,
  info: ProcessInfo,
  rootDirectory: string,
  guarded: Guarded,
  own: OwnPaths,
): Placement {
  const mountinfo = proc.text(info.id, 'mountinfo');
  if (!isSeen(mountinfo)) throw new Error('its mounts can’t be read');
  const sight: Sight = {
    proc,
    root: proc.path(info.id, 'root'),
    mounts: parseMountinfo(mountinfo),
    own,
    sameView:
      info.mountNamespace === proc.link('self', 'ns/mnt') && info.rootId === guarded.own.rootId,
  };
  const found = readingsOf(rootDirectory)
    .map((path) => resolveWithin(sight.root, path, own))
    .filter(({ exists }) => exists)
    .map((resolved) => placeOne(sight, resolved, tree, guarded));
  if (found.length === 0) throw new Error(`its rootdirectory ${rootDirectory} doesn’t exist`);
  return worstOf(found);
}

/** The registry takes `..` away by the text; the kernel follows the link before it. */
const readingsOf = (path: string): string[] => [...new Set([posix.normalize(path), path])];

function worstOf(found: readonly Placement[]): Placement {
  const serving = found.filter(({ serves }) => serves === 'this-tree');
  const foreign = found.find(({ foreignFilesystem }) => foreignFilesystem !== undefined);
  return {
    ...(serving[0] ?? found[0]!),
    mountWritable: serving.some(({ mountWritable }) => mountWritable),
    ...(foreign === undefined ? {} : { foreignFilesystem: foreign.foreignFilesystem! }),
  };
}

function placeOne(
  sight: Sight,
  resolved: ResolvedPath,
  tree: StorageTree,
  guarded: Guarded,
): Placement {
  const { proc, root, mounts, own } = sight;
  const whole = mountOf(proc, mounts, resolved.path, root);
  const same = servesTree(sight, resolved.path, tree);
  // What the root's own mount lets it write needs no look at the rest.
  const folders =
    same && whole?.writable !== false ? undefined : registryFolders(root, resolved.path, own);
  const paths = [resolved.path, ...(folders?.paths ?? [])];
  const types = paths.map((path) => mountOf(proc, mounts, path, root)?.fsType ?? 'unknown');
  const foreign = types.find((type) => !fileSystemAllowed(type));
  const serves = same || (folders !== undefined && sharesPlace(sight, paths, guarded));
  return {
    serves: serves ? 'this-tree' : 'another-tree',
    detail: resolved.path,
    mountWritable: folders === undefined || canWrite(sight, paths, folders, guarded),
    ...(foreign === undefined ? {} : { foreignFilesystem: foreign }),
  };
}

/** Its root is ours, lies above or beneath it, or shares a part with it: by identity, not by name. */
function servesTree({ root, own }: Sight, path: string, tree: StorageTree): boolean {
  const ours = ancestors(tree.rootDirectory).map((above) => fileIdOf(fsPath(above)));
  if (ours.includes(fileIdOf(fsPath(root + path)))) return true;
  for (const part of ['', `/${BLOBS}`, `/${REPOSITORIES}`]) {
    const theirs = resolveWithin(root, `${path}/${V2}${part}`, own);
    if (theirs.exists && idOrNone(root + theirs.path) === idOrNone(tree.v2 + part)) return true;
  }
  return ancestors(path).some((above) => idOrNone(root + above) === ours[0]);
}

/**
 * A link or a mount in its tree leads into a guarded place, or to one that holds it; its root
 * directory itself counts only where it lies within.
 */
function sharesPlace(sight: Sight, paths: readonly string[], guarded: Guarded): boolean {
  const { proc, root, mounts } = sight;
  const inner = mountPointsIn(sight, paths);
  const [rootPlace, ...others] = [...paths, ...inner].map((path) =>
    mountedPathOf(proc, mounts, path, root),
  );
  return guarded.places.some(
    (place) =>
      (isOn(place, rootPlace) && below(place.fsPath, rootPlace.fsPath) !== undefined) ||
      others.some((other) => isOn(place, other) && overlaps(place.fsPath, other.fsPath)),
  );
}

const isOn = (place: MountedPath, other: MountedPath | undefined): other is MountedPath =>
  other?.device === place.device;

function mountPointsIn({ mounts }: Sight, paths: readonly string[]): string[] {
  const points = mounts.map(({ mountPoint }) => mountPoint);
  return points.filter((point) => paths.some((path) => (below(path, point) ?? '') !== ''));
}

/** Anything of its tree, wherever that lies, through a mount that takes writes. */
function canWrite(
  sight: Sight,
  paths: readonly string[],
  { complete }: RegistryFolders,
  guarded: Guarded,
): boolean {
  const { proc, root, mounts, sameView } = sight;
  const isWritable = (path: string): boolean =>
    mountOf(proc, mounts, path, root)?.writable !== false;
  const inner = new Set(mountPointsIn(sight, paths));
  if (paths.some(isWritable)) return true;
  if (mounts.some((mount) => inner.has(mount.mountPoint) && mount.writable)) return true;
  const outside = guarded.outside ?? [];
  if (sameView) return outside.some(isWritable);
  // Links that were not looked at may lead it where they don't lead us.
  if (!complete && (guarded.outside === undefined || outside.length > 0)) return true;
  return guarded.places
    .filter(({ path }) => outside.includes(path))
    .some((place) => sightings(mounts, place).some(({ mount }) => mount.writable));
}

function idOrNone(path: string): string | undefined {
  try {
    return fileIdOf(fsPath(path));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The path itself first, then every folder above it. */
function ancestors(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return [...parts.map((_, i) => `/${parts.slice(0, parts.length - i).join('/')}`), '/'];
}
