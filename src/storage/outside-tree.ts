/** Files that regsweep writes for the user must not be in a registry's storage tree. */
import { readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errnoOf, MISSING_OR_NO_FOLDER, orMissing, usageError } from '../util/errors.js';

/**
 * Compares folders by device and inode, so a bind mount or another name of the tree counts too.
 * @param folder the tree, or the folder that contains it
 * @param option how the user gave the path
 * @throws RegsweepError `usage` if `path` is in `folder`, or a symbolic link leads there
 */
export function requireOutside(folder: string, path: string, option: string): void {
  const tree = identityOf(folder);
  for (let place = realPlace(path); ; place = dirname(place)) {
    if (tree !== undefined && identityOf(place) === tree) {
      throw usageError(
        `${option} ${path} is inside the registry's tree`,
        'choose a path outside the tree',
      );
    }
    if (place === dirname(place)) return;
  }
}

/** In a folder that can't be searched nothing can be written; writing there names the folder. */
const NOT_SEEN = [...MISSING_OR_NO_FOLDER, 'EACCES'];

function identityOf(path: string): string | undefined {
  const stat = orMissing(() => statSync(path, { bigint: true, throwIfNoEntry: false }), NOT_SEEN);
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

const MAX_LINKS = 40;

/** Resolves the part of the path that exists, and the target of a dangling link. */
function realPlace(path: string, links = 0): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch (error) {
    if (errnoOf(error) === undefined || absolute === '/' || links > MAX_LINKS) return absolute;
    const parent = realPlace(dirname(absolute), links + 1);
    const name = absolute.slice(dirname(absolute).length);
    const target = orMissing(() => readlinkSync(join(parent, name)), [...NOT_SEEN, 'EINVAL']);
    return target === undefined
      ? join(parent, name)
      : realPlace(resolve(parent, target), links + 1);
  }
}
