/** The way back, and out, of a disk without a free byte or inode, or of a quota at its limit. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CliResult } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, plannedActions, purge, restore, sweep } from './world.js';

interface Disk {
  /** The tree's rootdirectory. */
  readonly root: string;
  /** Leaves no room at all. */
  fill(): void;
  /** Quarantine was made by a version that kept no room for the way back. */
  readonly spared?: boolean;
}

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

function fillBytes(folder: string): void {
  for (const size of [1 << 16, 4096, 1]) {
    const bytes = Buffer.alloc(size, `${Math.random()}`);
    let fd: number;
    try {
      fd = fs.openSync(join(folder, `filler-${size}`), 'w');
    } catch {
      return;
    }
    try {
      for (let n = 0; n < 1 << 20; n++) {
        fs.writeSync(fd, bytes);
        if (n % 64 === 0) fs.fsyncSync(fd);
      }
    } catch {
      // Full.
    }
    try {
      fs.fsyncSync(fd);
    } catch {
      // Full, and told late.
    }
    fs.closeSync(fd);
  }
}

function fillInodes(folder: string): void {
  try {
    for (let n = 0; ; n++) fs.writeFileSync(join(folder, `filler-${n}`), '');
  } catch {
    // None is left.
  }
}

type Mount = (point: string, folder: string) => Disk;

const MOUNTS: Record<string, Mount> = {
  'a tmpfs without a byte': (point) => {
    run('mount', '-t', 'tmpfs', '-o', 'size=40m', 'none', point);
    return { root: join(point, 'root'), fill: () => fillBytes(point) };
  },
  'a tmpfs without an inode': (point) => {
    run('mount', '-t', 'tmpfs', '-o', 'size=40m,nr_inodes=3000', 'none', point);
    return { root: join(point, 'root'), fill: () => fillInodes(point) };
  },
  'an ext4 without a byte': (point, folder) => {
    run('truncate', '-s', '48M', join(folder, 'image'));
    run('mkfs.ext4', '-q', '-m', '0', join(folder, 'image'));
    run('mount', '-o', 'loop', join(folder, 'image'), point);
    return { root: join(point, 'root'), fill: () => fillBytes(point) };
  },
  'an ext4 without a byte, and no room kept': (point, folder) => ({
    ...MOUNTS['an ext4 without a byte']!(point, folder),
    spared: true,
  }),
  'a btrfs subvolume at its quota’s limit': (point, folder) => {
    run('truncate', '-s', '400M', join(folder, 'image'));
    run('mkfs.btrfs', '-q', join(folder, 'image'));
    run('mount', '-o', 'loop', join(folder, 'image'), point);
    run('btrfs', 'quota', 'enable', point);
    const volume = join(point, 'volume');
    run('btrfs', 'subvolume', 'create', volume);
    run('btrfs', 'qgroup', 'limit', '24M', volume);
    return { root: join(volume, 'root'), fill: () => fillBytes(volume) };
  },
};

const docker = (root: string): Map<string, string> => snapshot(join(root, 'docker'));

describe('a full disk', needs('mounts', 'guard', 'filesystems'), () => {
  it.each(Object.entries(MOUNTS))('%s lets everything come back, and end', async (_, mount) => {
    const folder = await tempFolder();
    const point = join(folder, 'disk');
    fs.mkdirSync(point);
    const { root, fill, spared } = mount(point, folder);
    try {
      copyFixture(root);
      const before = docker(root);
      expectCode(await sweep(root, '-m'), 0);
      if (spared) fs.unlinkSync(join(root, '.regsweep/reserve'));
      fill();
      sane(expectCode(await restore(root), 0));
      expect(docker(root)).toEqual(before);
      expect(fs.readdirSync(join(root, '.regsweep/runs'))).toEqual([]);
      for (const name of fs.readdirSync(join(root, '..'))) {
        if (name.startsWith('filler')) fs.unlinkSync(join(root, '..', name));
      }
      expectCode(await sweep(root, '-m'), 0);
      const swept = docker(root);
      if (spared) fs.rmSync(join(root, '.regsweep/reserve'), { force: true });
      fill();
      sane(expectCode(await purge(root), 0));
      expect(docker(root)).toEqual(swept);
      expect(fs.readdirSync(join(root, '.regsweep/runs'))).toEqual([]);
    } finally {
      run('umount', point);
    }
  });
});

const FULL: Record<string, Mount> = {
  'a tmpfs without an inode': MOUNTS['a tmpfs without an inode']!,
  'an ext4 without a byte': MOUNTS['an ext4 without a byte']!,
  'an ext4 without an inode': (point, folder) => ({
    ...MOUNTS['an ext4 without a byte']!(point, folder),
    fill: () => fillInodes(point),
  }),
  'an XFS without a byte': (point, folder) => {
    run('truncate', '-s', '300M', join(folder, 'image'));
    run('mkfs.xfs', '-q', join(folder, 'image'));
    run('mount', '-o', 'loop', join(folder, 'image'), point);
    return { root: join(point, 'root'), fill: () => fillAll(point) };
  },
};

const BTRFS: Mount = (point, folder) => {
  run('truncate', '-s', '120M', join(folder, 'image'));
  run('mkfs.btrfs', '-q', '-M', join(folder, 'image'));
  run('mount', '-o', 'loop', join(folder, 'image'), point);
  return { root: join(point, 'root'), fill: () => fillAll(point) };
};

/** Bytes first, then what folders still fit in. */
function fillAll(point: string): void {
  fillBytes(point);
  try {
    for (let n = 0; ; n++) fs.mkdirSync(join(point, `filler-folder-${n}`));
  } catch {
    // None fits.
  }
}

/** A filesystem is filled byte by byte. */
const SLOW = { timeout: 240_000 };

describe(
  'sweep --delete on a full disk, the state elsewhere',
  needs('mounts', 'guard', 'filesystems'),
  () => {
    it.each(Object.entries(FULL))('%s: needs nothing of it', SLOW, async (_, mount) => {
      const folder = await tempFolder();
      const point = join(folder, 'disk');
      fs.mkdirSync(point);
      const { root, fill } = mount(point, folder);
      try {
        copyFixture(root);
        fill();
        expect(() => fs.mkdirSync(join(root, '.regsweep'))).toThrow(/ENOSPC/);
        const state = ['--cache', 'none', '--state-dir', join(folder, 'state')];
        const steps = [
          ['--only', 'upload', '--delete'],
          ['--repo', 'shop/*', '--delete'],
          ['-m', '--delete'],
        ];
        for (const flags of steps) {
          sane(expectCode(await sweep(root, ...flags, ...state), 0));
        }
        expect(await plannedActions(root, '-m')).toEqual([]);
        const aside = (path: string): boolean => path.includes('.regsweep-');
        expect([...docker(root).keys()].filter(aside)).toEqual([]);
        expect(fs.statfsSync(point).bfree).toBeGreaterThan(0);
      } finally {
        run('umount', point);
      }
    });

    it('a btrfs without room for its own records renames nothing: all stays', async () => {
      const folder = await tempFolder();
      const point = join(folder, 'disk');
      fs.mkdirSync(point);
      const { root, fill } = BTRFS(point, folder);
      try {
        copyFixture(root);
        const before = docker(root);
        fill();
        const state = ['--cache', 'none', '--state-dir', join(folder, 'state')];
        const { stderr } = expectCode(await sweep(root, '-m', '--delete', ...state), 1);
        expect(stderr).toContain('ENOSPC');
        expect(docker(root)).toEqual(before);
      } finally {
        run('umount', point);
      }
    });
  },
);

describe('sweep --delete with the state elsewhere', needs('mounts', 'guard'), () => {
  it('needs no byte of a full tmpfs, on a tree that was never swept', async () => {
    const folder = await tempFolder();
    const point = join(folder, 'disk');
    fs.mkdirSync(point);
    run('mount', '-t', 'tmpfs', '-o', 'size=40m', 'none', point);
    try {
      const root = copyFixture(join(point, 'root'));
      fillBytes(point);
      const { bfree } = fs.statfsSync(point);
      expect(bfree).toBe(0);
      const state = ['--cache', 'none', '--state-dir', join(folder, 'state')];
      expectCode(await sweep(root, '--delete', '--only', 'upload', ...state), 0);
      const swept = expectCode(await sweep(root, '-m', '--delete', ...state), 0);
      expect(swept.json).toMatchObject({ state: 'done' });
      expect(fs.statfsSync(point).bfree).toBeGreaterThan(0);
    } finally {
      run('umount', point);
    }
  });
});

/** No stack trace, and no error without a name. */
function sane({ stderr }: CliResult): void {
  expect(stderr).not.toMatch(/^\s+at |Unknown system error|UNKNOWN/m);
}
