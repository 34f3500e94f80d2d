/** What a filesystem gained by a deletion, as it tells itself. */
import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';

/** Free blocks in bytes, those that are reserved for root included. */
export function freeBytes(folder: string): number {
  const { bsize, bfree } = statfsSync(folder);
  return bsize * bfree;
}

/** After what was deleted is written: some filesystems free its blocks only then. */
export function freeBytesSettled(folder: string): number {
  spawnSync('sync', ['-f', folder], { stdio: 'ignore', timeout: SYNC_LIMIT_MS });
  return freeBytes(folder);
}

const SYNC_LIMIT_MS = 60_000;

/** statfs's `f_type` of filesystems on which files may share blocks, or hold less than they say. */
const SHARING: Readonly<Record<number, string>> = {
  2435016766: 'btrfs: snapshots, reflinks and compression share or shrink blocks',
  1481003842: 'XFS: reflinks may share blocks',
  801189825: 'ZFS: snapshots, clones and compression share or shrink blocks',
};

/** Why the allocation of files isn't what their deletion gains there; undefined for others. */
export const sharingOf = (folder: string): string | undefined => SHARING[statfsSync(folder).type];
