import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobPath, V2 } from '../../src/storage/layout.js';
import { copyFixture } from '../harness/fixture.js';
import { onDisk, run } from '../harness/loop-disk.js';
import { needs } from '../harness/require.js';
import { CACHE, expectCode, purge, sweep } from './world.js';

interface Told {
  readonly diskBytes: number;
  readonly folderDiskBytes: number;
  readonly filesystemBytes: number;
  readonly notes: readonly string[];
}

const BLOBS = 200;
const SIZE = 40_000;

/** The fixture with garbage of several megabytes in many folders. */
function fill(root: string): void {
  copyFixture(root);
  for (let n = 0; n < BLOBS; n++) {
    const content = randomBytes(SIZE);
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const folder = join(root, V2, blobPath(digest as never));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(join(folder, 'data'), content);
  }
  run('sync', '-f', root);
}

/** On another disk, since the audit log would take some of the space that is gained. */
const stateOf = (root: string): string[] => ['--state-dir', join(root, '../../state')];

const deleted = async (root: string): Promise<Told> =>
  expectCode(await sweep(root, '--delete', ...CACHE, ...stateOf(root)), 0).json as Told;

describe('space gained', needs('mounts', 'guard', 'filesystems'), () => {
  it('is what files and folders had allocated, on ext4', { timeout: 120_000 }, async () => {
    await onDisk(['mkfs.ext4', '-q', '-b', '4096'], async (point) => {
      const root = join(point, 'root');
      fill(root);
      const once = await deleted(root);
      expect(once.folderDiskBytes).toBeGreaterThanOrEqual(BLOBS * 4096);
      expect(once.diskBytes + once.folderDiskBytes).toBe(once.filesystemBytes);
      expect(once.notes.filter((note) => note.includes('gained'))).toEqual([]);
      fill(root);
      const swept = expectCode(await sweep(root, ...stateOf(root)), 0).json as Told;
      const purged = expectCode(await purge(root, ...stateOf(root)), 0).json as Told;
      expect(purged.diskBytes).toBe(swept.diskBytes);
      expect(purged.diskBytes + purged.folderDiskBytes).toBe(purged.filesystemBytes);
      expect(purged.notes.filter((note) => note.includes('gained'))).toEqual([]);
    });
  });

  it.each([
    ['beside a snapshot on btrfs', 'mkfs.btrfs', 'btrfs: snapshots'],
    ['where a copy shares blocks on XFS', 'mkfs.xfs', 'XFS: reflinks'],
  ])('is told apart %s', { timeout: 120_000 }, async (_, make, reason) => {
    await onDisk([make, '-q'], async (point) => {
      const root = join(point, 'root');
      const isBtrfs = make === 'mkfs.btrfs';
      if (isBtrfs) run('btrfs', 'subvolume', 'create', root);
      fill(root);
      if (isBtrfs) run('btrfs', 'subvolume', 'snapshot', root, join(point, 'snapshot'));
      else run('cp', '-a', '--reflink=always', root, join(point, 'copy'));
      run('sync', '-f', root);
      const told = await deleted(root);
      expect(told.diskBytes).toBeGreaterThan(BLOBS * SIZE);
      expect(told.filesystemBytes).toBeLessThan(told.diskBytes / 2);
      expect(told.notes).toContainEqual(expect.stringContaining(reason));
    });
  });
});
