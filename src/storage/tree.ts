/** Finds the storage tree, and records what identifies it. */
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { errnoOf, RegsweepError } from '../util/errors.js';
import { BLOBS, REPOSITORIES, V2 } from './layout.js';
import { coveringMount } from './mounts/mountinfo.js';
import { ownMounts } from './mounts/own-mounts.js';
import type { StorageTree } from './port.js';

/**
 * @param given the registry's rootdirectory, or its `docker`, `docker/registry` or
 *   `docker/registry/v2`
 * @throws RegsweepError `not-a-registry`; the message names the path that was looked for
 */
export async function openTree(given: string): Promise<StorageTree> {
  const rootDirectory = rootOf(resolve(given), given);
  const named = rootDirectory === '/' ? `/${V2}` : `${rootDirectory}/${V2}`;
  const v2 = resolve(named, given);
  requireParts(v2, given);
  const stat = statSync(v2, { bigint: true });
  return {
    rootDirectory,
    v2,
    device: Number(stat.dev),
    inode: String(stat.ino),
    filesystemId: await filesystemId(v2, String(stat.dev)),
    viaSymlink: v2 !== named,
  };
}

/**
 * The rootdirectory for `…/docker/registry/v2` or one of its parents.
 * @throws RegsweepError `not-a-registry` for a folder inside the tree; the remedy names the root
 */
function rootOf(real: string, given: string): string {
  for (let head = V2; head !== ''; head = head.slice(0, Math.max(head.lastIndexOf('/'), 0))) {
    if (real.endsWith(`/${head}`) && existsSync(`${real.slice(0, -head.length)}${V2}`)) {
      return real.slice(0, -head.length - 1) || '/';
    }
  }
  const within = real.indexOf(`/${V2}/`);
  if (within < 0) return real;
  throw new RegsweepError('not-a-registry', `${given} is inside a registry's storage`, {
    path: given,
    remedy: `did you mean ${real.slice(0, within) || '/'}?`,
  });
}

function resolve(path: string, given = path): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw notARegistry(path, given, errnoOf(cause) ?? String(cause), cause);
  }
}

/** One of the two is enough to recognize a registry. A missing one becomes a finding. */
function requireParts(v2: string, given: string): void {
  const found = [REPOSITORIES, BLOBS].filter((part) => isFolder(`${v2}/${part}`, given));
  if (found.length === 0)
    throw notARegistry(`${v2}/{${REPOSITORIES},${BLOBS}}`, given, 'not found');
}

function isFolder(path: string, given: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? isSymlink(path);
  } catch (cause) {
    throw notARegistry(path, given, errnoOf(cause) ?? String(cause), cause);
  }
}

function isSymlink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function notARegistry(path: string, given: string, why: string, cause?: unknown): RegsweepError {
  const denied = why === 'EACCES' || why === 'EPERM';
  const message = denied
    ? `${path} can't be read: permission denied`
    : `${given} is not a registry's storage: looked for ${path} (${why})`;
  const remedy = denied
    ? 'run as root, or as the user that the registry runs as'
    : `give the registry's rootdirectory (it holds ${V2}/${REPOSITORIES} and ${V2}/${BLOBS}), or --config <registry's config.yml>`;
  return new RegsweepError('not-a-registry', message, { path, remedy, cause });
}

/** @returns type and source of the mount, and the device number of the filesystem */
async function filesystemId(path: string, device: string): Promise<string> {
  const { type } = await statfs(path);
  const mount = coveringMount(ownMounts(), path);
  return `${mount?.fsType ?? type.toString(16)}:${mount?.source ?? ''}:${device}`;
}
