/**
 * Finds the identity of a tree: in its `.regsweep`, or else in the state directory or a journal.
 */
import fs from 'node:fs';
import { fsPath } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { bindingOf, bornOf, type Identity, isOwn, readIdentity } from './identity.js';

const TREES = 'trees';

export const treeFolder = (stateDir: string, name: string): string =>
  `${stateDir}/${TREES}/${name}`;

const isThere = (path: string): boolean =>
  fs.lstatSync(fsPath(path), { throwIfNoEntry: false }) !== undefined;

/** Whether an earlier version, which allowed one tree only, used the state directory. */
export const isOldLayout = (stateDir: string): boolean =>
  ['runs', 'audit.jsonl', 'history', 'history.jsonl'].some((name) =>
    isThere(`${stateDir}/${name}`),
  );

/**
 * @returns undefined if the tree has no identity yet, or the file belongs to the tree it was copied
 *   from
 * @throws RegsweepError `failed` if `tree.json` is no regular file
 */
export function ownIdentity(
  tree: StorageTree,
  home: string,
  stateDir: string | undefined,
): Identity | undefined {
  const here = readIdentity(home);
  if (here !== undefined) return isOwn(here, tree) ? here : undefined;
  return stateDir === undefined ? fromJournals(tree, home) : fromDirectory(tree, stateDir);
}

/** The state directory has a copy of the file, for when the one beside the tree is lost. */
function fromDirectory(tree: StorageTree, stateDir: string): Identity | undefined {
  const folder = `${stateDir}/${TREES}`;
  if (!fs.existsSync(fsPath(folder))) return undefined;
  for (const name of fs.readdirSync(fsPath(folder))) {
    const found = readIdentity(`${folder}/${name}`);
    if (found !== undefined && found.id === name && isOwn(found, tree)) return found;
  }
  return undefined;
}

/** Takes the id from the newest journal of this tree. */
function fromJournals(tree: StorageTree, home: string): Identity | undefined {
  const runs = `${home}/runs`;
  if (!fs.existsSync(fsPath(runs))) return undefined;
  for (const name of fs.readdirSync(fsPath(runs)).sort().reverse()) {
    const id = idInJournal(tree, `${runs}/${name}/journal.jsonl`);
    if (id !== undefined) return { id, binding: bindingOf(tree) };
  }
  return undefined;
}

function idInJournal(tree: StorageTree, path: string): string | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    const fd = fs.openSync(fsPath(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const head = Buffer.alloc(4096);
      const [line] = head.toString('utf8', 0, fs.readSync(fd, head, 0, 4096, 0)).split('\n');
      const { store } = JSON.parse(line!) as { store: Record<string, unknown> };
      const isOurs = store.inode === tree.inode && store.born === bornOf(tree);
      return isOurs && typeof store.tree === 'string' && /^[0-9a-f]{32}$/.test(store.tree)
        ? store.tree
        : undefined;
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
