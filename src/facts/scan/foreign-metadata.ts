/**
 * Detects GitLab's metadata database and pull-through caches. The links in the tree then do not
 * tell what is in use.
 */
import { FOREIGN_MARKERS } from '../../registry-config/foreign-markers.js';
import { DiskReader } from '../../storage/disk-reader.js';
import type { StorageReader, StorageTree } from '../../storage/port.js';
import type { FindingLog } from '../findings.js';
import { readErrorReason } from './context.js';

/**
 * Adds a finding for each existing marker of FOREIGN_MARKERS.
 * @param injected a filesystem other than the disk, which is not checked
 */
export function noteForeignMetadata(
  tree: StorageTree,
  findings: FindingLog,
  injected?: StorageReader,
): void {
  if (injected !== undefined) return;
  const reader = new DiskReader(tree.rootDirectory);
  for (const { path, owner } of FOREIGN_MARKERS) {
    const where = `${tree.rootDirectory}/${path}`;
    try {
      if (reader.lstat(path) === undefined) continue;
      findings.add({ code: 'foreign-metadata', path: where, detail: owner });
    } catch (error) {
      findings.add({ code: 'unreadable-folder', path: where, detail: readErrorReason(error) });
    }
  }
}
