/** Removes a finished run: the empty folders of its trash, its journal and its folder. */
import fs, { type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { fsPath } from '../../storage/names.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { errnoOf } from '../../util/errors.js';
import { isThere, type SweepState, syncPath } from '../state/state.js';
import { openTrash } from './open-run.js';

/**
 * Removes empty folders below `path`, and `path` itself.
 * @param onRemoved called for each of them
 * @returns false if something is left
 */
function pruneEmpty(
  trash: StorageWriter,
  path: string,
  onRemoved?: (folder: Stats) => void,
): boolean {
  let empty = true;
  for (const name of trash.names(path) ?? []) {
    const rel = path === '' ? name : `${path}/${name}`;
    const isFolder = trash.lstat(rel)?.isDirectory() === true;
    empty = isFolder && pruneEmpty(trash, rel, onRemoved) && empty;
  }
  const self = path === '' ? undefined : trash.lstat(path);
  if (!empty || self === undefined) return empty;
  trash.rmdir(path);
  onRemoved?.(self);
  return true;
}

/**
 * Removes a run whose trash is empty: trash, journal and folder. Keeps files that regsweep didn't
 * write, and the run with them.
 * @returns false if something is left
 */
export function removeRun(
  state: SweepState,
  id: string,
  onRemoved?: (folder: Stats) => void,
): boolean {
  if (fs.existsSync(fsPath(state.trashPath(id))) && !pruneTrash(state, id, onRemoved)) return false;
  const own = [state.trashPath(id), state.runFolder(id)].filter(isThere);
  for (const folder of own) onRemoved?.(fs.lstatSync(fsPath(folder)));
  if (isThere(state.trashPath(id))) fs.rmdirSync(fsPath(state.trashPath(id)));
  const journal = state.journalPath(id);
  if (isThere(journal)) fs.unlinkSync(fsPath(journal));
  for (const base of new Set([dirname(dirname(dirname(journal))), state.base, state.home])) {
    const folder = `${base}/runs/${id}`;
    if (!isThere(folder)) continue;
    try {
      fs.rmdirSync(fsPath(folder));
    } catch (error) {
      if (errnoOf(error) !== 'ENOTEMPTY') throw error;
      return false;
    }
    syncPath(`${base}/runs`);
  }
  return true;
}

function pruneTrash(
  state: SweepState,
  id: string,
  onRemoved: ((folder: Stats) => void) | undefined,
): boolean {
  const trash = openTrash(state, id);
  try {
    return pruneEmpty(trash, '', onRemoved);
  } finally {
    trash.close();
  }
}
