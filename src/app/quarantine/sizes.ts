/** The size of quarantined items. Each file counts once. */
import type { StorageReader } from '../../storage/port.js';
import { type SweepState, type TrashItem, trashReader } from '../../sweep/index.js';
import { Allocation } from '../../util/disk/file-sizes.js';

/** Stage of a command that looks at all files in quarantine. */
export const READING_QUARANTINE = 'Reading the quarantine';

export interface TrashAmount {
  readonly items: number;
  readonly bytes: number;
  readonly diskBytes: number;
  readonly folderDiskBytes: number;
}

/**
 * @param items none of which is inside another, except in a folder that was removed when it was
 *   empty
 */
export function amountOf(state: SweepState, items: Iterable<TrashItem>): TrashAmount {
  const size = new Allocation();
  let count = 0;
  for (const { runId, kind, path } of items) {
    count += 1;
    // Its folder in the trash may contain items that were removed before it and count separately.
    if (kind !== 'empty-directory') addSize(trashReader(state, runId), path, size);
  }
  const { bytes, diskBytes, folderDiskBytes } = size;
  return { items: count, bytes, diskBytes, folderDiskBytes };
}

function addSize(reader: StorageReader, path: string, size: Allocation): void {
  const stat = reader.lstat(path);
  if (stat === undefined) return;
  if (stat.type !== 'directory') {
    size.add(stat);
    return;
  }
  size.addFolder(stat);
  for (const { name } of reader.list(path) ?? []) addSize(reader, `${path}/${name}`, size);
}
