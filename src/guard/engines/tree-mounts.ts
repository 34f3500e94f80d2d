/** Finds where a container, running or not, mounts the tree, and what it mounts inside the tree. */
import fs from 'node:fs';
import { below, coveringMount, joinPath, type Mount } from '../../storage/mounts/mountinfo.js';
import { fsPath, nameFromBytes } from '../../storage/names.js';
import type { Guarded } from '../host/guarded-folders.js';
import { mountedPathOf, sightings } from '../host/mounts/mount-sightings.js';
import { attempt, fileIdOf, isSeen, type Proc } from '../host/procfs.js';
import type { HeldMount, NestedMount } from '../model/observations.js';
import type { ContainerMount } from './container-api.js';

export interface TreeMounts {
  readonly mounts: readonly HeldMount[];
  readonly nested: readonly NestedMount[];
}

/** @param given the container's mounts, as its engine describes them */
export function treeMounts(
  proc: Proc,
  guarded: Guarded,
  given: readonly ContainerMount[],
): TreeMounts {
  const mounts = given.map((mount, i) => asMount(proc, guarded, mount, i));
  const shown = guarded.places.flatMap((place) => sightings(mounts, place));
  const held = shown.filter(({ mount, path }) => coveringMount(mounts, path) === mount);
  const nested = held.flatMap(({ path, hostPath }) =>
    mounts.flatMap((mount): NestedMount[] => {
      const rest = below(path, mount.mountPoint);
      if (!rest) return [];
      const here = joinPath(hostPath, rest);
      if (isSameFolder(mount.source, here)) return [];
      const source = mount.source === '' ? 'a tmpfs' : mount.source;
      const known = mount.source === '' ? {} : { hostSource: mount.source };
      return [{ path: mount.mountPoint, hostPath: here, only: 'theirs', source, ...known }];
    }),
  );
  return {
    mounts: held.map(({ mount, path, hostPath }) => ({
      path,
      hostPath,
      writable: mount.writable,
      via: 'bind',
    })),
    nested,
  };
}

/**
 * The mount as the kernel lists it while the container runs. A mount without a source on this host
 * gets a device of its own, so that it matches no place.
 */
function asMount(
  proc: Proc,
  guarded: Guarded,
  { source, destination, writable }: ContainerMount,
  index: number,
): Mount {
  const real = source === '' ? undefined : attempt(() => realPath(source));
  const path = real !== undefined && isSeen(real) ? real : undefined;
  const place = path === undefined ? undefined : mountedPathOf(proc, guarded.own.mounts, path);
  return {
    id: String(index),
    device: place?.device ?? `none:${index}`,
    root: place?.fsPath ?? '/',
    mountPoint: destination.replace(/(.)\/+$/, '$1'),
    writable,
    fsType: place?.fsType ?? '',
    source: path ?? source,
    superOptions: [],
  };
}

const realPath = (path: string): string =>
  nameFromBytes(fs.realpathSync.native(fsPath(path), 'buffer'));

function isSameFolder(source: string, hostPath: string): boolean {
  if (source === '') return false;
  const theirs = attempt(() => fileIdOf(fsPath(source)));
  const ours = attempt(() => fileIdOf(fsPath(hostPath)));
  return isSeen(theirs) && isSeen(ours) && theirs === ours;
}
