/** Measures the trash of a run on the disk. */

import fs from 'node:fs';
import { fsPath } from '../../storage/names.js';
import type { StorageWriter } from '../../storage/writer/writer.js';
import { Allocation } from '../../util/disk/file-sizes.js';
import { openTrash } from '../journal/open-run.js';
import type { SweepState } from '../state/state.js';

/** @returns the total sizes of all files and folders in the trash of one run */
export function usageOf(state: SweepState, id: string): Allocation {
  const size = new Allocation();
  for (const folder of [state.runFolder(id), state.trashPath(id)]) {
    size.addFolder(fs.lstatSync(fsPath(folder)));
  }
  const trash = openTrash(state, id);
  try {
    addFolder(trash, '', size);
  } finally {
    trash.close();
  }
  return size;
}

function addFolder(trash: StorageWriter, folder: string, size: Allocation): void {
  for (const name of trash.names(folder) ?? []) {
    const rel = folder === '' ? name : `${folder}/${name}`;
    const stat = trash.lstat(rel);
    if (stat?.isDirectory() === true) {
      size.addFolder(stat);
      addFolder(trash, rel, size);
    } else if (stat !== undefined) size.add(stat);
  }
}
