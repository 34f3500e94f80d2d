/** Checks whether other users could replace the folders that a changing command works in. */
import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { fsPath, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { shellWord } from '../../util/shell-quote.js';

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * Users who may write to a folder may rename its entries, unless it is sticky and the entries are
 * not theirs.
 */
const swappable = ({ mode }: Stats): boolean =>
  (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;

/**
 * @param stateDir folder of journal and audit log, if not beside the tree
 * @returns warnings about folders above the tree that other users can write to
 * @throws RegsweepError `failed` if other users could replace regsweep's own folder
 */
export function checkFolderPermissions(tree: StorageTree, stateDir: string | undefined): string[] {
  const parents = [tree.rootDirectory, ...(stateDir === undefined ? [] : [dirname(stateDir)])];
  for (const parent of parents) {
    if (swappable(lstatSync(fsPath(parent)))) throw replaceable(parent);
  }
  const open = ancestors(tree.v2).filter(
    (path) => path !== tree.rootDirectory && swappable(lstatSync(fsPath(path))),
  );
  return open.map(
    (path) =>
      `${printable(path)} is writable by other users, who could replace the tree: ` +
      `chmod +t ${shellWord(path)}`,
  );
}

function replaceable(parent: string): RegsweepError {
  return new RegsweepError(
    'failed',
    `${printable(parent)} is writable by other users, who could replace regsweep's folder in it`,
    {
      path: parent,
      remedy: `chmod +t ${shellWord(parent)}    # users may still write there, but not rename the files of others`,
    },
  );
}

/** All folders above `path`, the nearest first. */
function ancestors(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...ancestors(above)];
}
