/**
 * Resolves a registry's rootdirectory as its process sees it: which tree that is, and if it can
 * write.
 */
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

/** A process's view of the filesystem. */
interface ProcessView {
  readonly proc: Proc;
  readonly root: string;
  readonly mounts: readonly Mount[];
  readonly own: OwnPaths;
  /** It has our mount namespace and our root, so paths mean the same to it. */
  readonly sameView: boolean;
}

/**
 * @throws Error if the process's mounts or the path to its tree can't be read, or the path is
 * missing
 */
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
  const view: ProcessView = {
    proc,
    root: proc.path(info.id, 'root'),
    mounts: parseMountinfo(mountinfo),
    own,
    sameView:
      info.mountNamespace === proc.link('self', 'ns/mnt') && info.rootId === guarded.own.rootId,
  };
  const found = readingsOf(rootDirectory)
    .map((path) => resolveWithin(view.root, path, own))
    .filter(({ exists }) => exists)
    .map((resolved) => placeOne(view, resolved, tree, guarded));
  if (found.length === 0) throw new Error(`its rootdirectory ${rootDirectory} doesn’t exist`);
  return worstOf(found);
}

/**
 * Two readings of `..`: the registry removes it from the text; the kernel follows links before it.
 */
const readingsOf = (path: string): string[] => [...new Set([posix.normalize(path), path])];

/** The most cautious of the placements: serves this tree, writable, foreign filesystem. */
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
  view: ProcessView,
  resolved: ResolvedPath,
  tree: StorageTree,
  guarded: Guarded,
): Placement {
  const { proc, root, mounts, own } = view;
  const rootMount = mountOf(proc, mounts, resolved.path, root);
  const same = servesTree(view, resolved.path, tree);
  // If the registry can write at its root, its other folders don't matter.
  const folders =
    same && rootMount?.writable !== false ? undefined : registryFolders(root, resolved.path, own);
  const paths = [resolved.path, ...(folders?.paths ?? [])];
  const types = paths.map((path) => mountOf(proc, mounts, path, root)?.fsType ?? 'unknown');
  const foreign = types.find((type) => !fileSystemAllowed(type));
  const serves = same || (folders !== undefined && sharesPlace(view, paths, guarded));
  return {
    serves: serves ? 'this-tree' : 'another-tree',
    detail: resolved.path,
    mountWritable: folders === undefined || canWrite(view, paths, folders, guarded),
    ...(foreign === undefined ? {} : { foreignFilesystem: foreign }),
  };
}

/**
 * Whether its root is ours, is above or below it, or shares `blobs` or `repositories`, by identity.
 */
function servesTree({ root, own }: ProcessView, path: string, tree: StorageTree): boolean {
  const ours = ancestors(tree.rootDirectory).map((above) => fileIdOf(fsPath(above)));
  if (ours.includes(fileIdOf(fsPath(root + path)))) return true;
  for (const part of ['', `/${BLOBS}`, `/${REPOSITORIES}`]) {
    const theirs = resolveWithin(root, `${path}/${V2}${part}`, own);
    if (theirs.exists && idOrNone(root + theirs.path) === idOrNone(tree.v2 + part)) return true;
  }
  return ancestors(path).some((above) => idOrNone(root + above) === ours[0]);
}

/**
 * Whether a link or a mount in its tree leads into a guarded place, or to a folder above one. Its
 * rootdirectory itself counts only if it is inside a guarded place.
 */
function sharesPlace(view: ProcessView, paths: readonly string[], guarded: Guarded): boolean {
  const { proc, root, mounts } = view;
  const inner = mountPointsIn(view, paths);
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

function mountPointsIn({ mounts }: ProcessView, paths: readonly string[]): string[] {
  const points = mounts.map(({ mountPoint }) => mountPoint);
  return points.filter((point) => paths.some((path) => (below(path, point) ?? '') !== ''));
}

/** Whether it sees any part of its tree, or of the guarded places, through a writable mount. */
function canWrite(
  view: ProcessView,
  paths: readonly string[],
  { complete }: RegistryFolders,
  guarded: Guarded,
): boolean {
  const { proc, root, mounts, sameView } = view;
  const isWritable = (path: string): boolean =>
    mountOf(proc, mounts, path, root)?.writable !== false;
  const inner = new Set(mountPointsIn(view, paths));
  if (paths.some(isWritable)) return true;
  if (mounts.some((mount) => inner.has(mount.mountPoint) && mount.writable)) return true;
  const outside = guarded.outside ?? [];
  if (sameView) return outside.some(isWritable);
  // Not all links were examined; one of them may lead it to a folder that it doesn't lead us to.
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

/** The path itself, then every folder above it. */
function ancestors(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return [...parts.map((_, i) => `/${parts.slice(0, parts.length - i).join('/')}`), '/'];
}
