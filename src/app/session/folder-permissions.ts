/** Whether others could swap the folders that a changing command works in, before or under it. */
import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { fsPath, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { RegsweepError } from '../../util/errors.js';
import { shellWord } from '../../util/shell-quote.js';

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Who may write to a folder may rename what lies in it, unless it is sticky and not theirs. */
const swappable = ({ mode }: Stats): boolean =>
  (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;

/**
 * @param stateDir where journal and audit log go, if not beside the tree
 * @returns warnings: folders above the tree in which others could swap the way to it
 * @throws RegsweepError `failed` where others could replace regsweep's own folder
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
      `${printable(path)} is writable by others, who can put another tree in this one's place: ` +
      `chmod +t ${shellWord(path)}`,
  );
}

function replaceable(parent: string): RegsweepError {
  return new RegsweepError(
    'failed',
    `${printable(parent)} is writable by others: they could replace regsweep's own folder in it`,
    {
      path: parent,
      remedy: `chmod +t ${shellWord(parent)}    # users may still write there, but not rename the files of others`,
    },
  );
}

/** Every folder above `path`, the nearest first. */
function ancestors(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...ancestors(above)];
}
