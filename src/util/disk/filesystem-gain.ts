/** Measures the free space of a filesystem before and after a deletion. */
import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';

/** @returns free bytes, including those reserved for root */
export function freeBytes(folder: string): number {
  const { bsize, bfree } = statfsSync(folder);
  return bsize * bfree;
}

/** Syncs first, because some filesystems free the blocks of deleted files only then. */
export function freeBytesSettled(folder: string): number {
  spawnSync('sync', ['-f', folder], { stdio: 'ignore', timeout: SYNC_LIMIT_MS });
  return freeBytes(folder);
}

const SYNC_LIMIT_MS = 60_000;

/**
 * Filesystems on which files may share blocks, or take less space than their allocation says, by
 * `f_type` of statfs(2).
 */
const SHARING: Readonly<Record<number, string>> = {
  2435016766: 'btrfs: snapshots, reflinks and compression share or shrink blocks',
  1481003842: 'XFS: reflinks may share blocks',
  801189825: 'ZFS: snapshots, clones and compression share or shrink blocks',
};

/**
 * @returns why a deletion may free less than the allocation of the files; undefined if it does not
 */
export const sharingOf = (folder: string): string | undefined => SHARING[statfsSync(folder).type];
