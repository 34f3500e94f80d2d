/** Removes a finished run: the empty folders of its trash, its journal and its folder. */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { fsPath } from '../../storage/names.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { errnoOf } from '../../util/errors.js';
import { isThere, type SweepState, syncPath } from '../state/state.js';
import { openTrash } from './open-run.js';

/** Removes empty folders below `path`, and `path` itself. @returns false if something is left */
export function pruneEmpty(trash: StorageWriter, path: string): boolean {
  let empty = true;
  for (const name of trash.names(path) ?? []) {
    const rel = path === '' ? name : `${path}/${name}`;
    const folder = trash.lstat(rel)?.isDirectory() === true;
    empty = folder && pruneEmpty(trash, rel) && empty;
  }
  if (empty && path !== '') trash.rmdir(path);
  return empty;
}

/**
 * Removes a run whose trash is empty: trash, journal and folder. Keeps files that regsweep didn't
 * write, and the run with them.
 * @returns false if something is left
 */
export function removeRun(state: SweepState, id: string): boolean {
  if (fs.existsSync(fsPath(state.trashPath(id))) && !pruneTrash(state, id)) return false;
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

function pruneTrash(state: SweepState, id: string): boolean {
  const trash = openTrash(state, id);
  try {
    return pruneEmpty(trash, '');
  } finally {
    trash.close();
  }
}
