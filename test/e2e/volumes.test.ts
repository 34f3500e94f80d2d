/** What can't be renamed into quarantine is told before anything is moved, with a way that works. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { onDisk, run } from '../harness/loop-disk.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, restore, sweep } from './world.js';

const docker = (root: string): Map<string, string> => snapshot(join(root, 'docker'));
const remedyOf = (stderr: string): string =>
  /→ (?:with the registry stopped: )?(.*?)(?: {4}|\n|$)/.exec(stderr)![1]!;

describe('before anything is moved', needs('mounts', 'guard', 'filesystems'), () => {
  // As on ext4 with its feature `project`, which not every kernel mounts.
  it('a project id that differs is told, and the remedy works', async () => {
    await onDisk(['mkfs.xfs', '-q'], async (point) => {
      const root = copyFixture(join(point, 'root'));
      run('chattr', '-R', '-p', '7', join(root, 'docker'));
      run('chattr', '-p', '9', root);
      run('chattr', '+P', root);
      const before = docker(root);
      const refused = expectCode(await sweep(root, '-m'), 1);
      expect(refused.stderr).toContain('project id 7');
      expect(docker(root)).toEqual(before);
      run('sh', '-c', remedyOf(refused.stderr));
      expectCode(await sweep(root, '-m'), 0);
      expectCode(await restore(root), 0);
      expect(docker(root)).toEqual(before);
    });
  });

  it('docker as a subvolume is told, and the remedy works', async () => {
    await onDisk(['mkfs.btrfs', '-q'], async (point) => {
      const root = join(point, 'root');
      fs.mkdirSync(root);
      run('btrfs', 'subvolume', 'create', join(root, 'docker'));
      const other = copyFixture(join(point, 'other'));
      run('cp', '-a', `${other}/docker/.`, join(root, 'docker'));
      const before = [...docker(root).keys()];
      const refused = expectCode(await sweep(root, '-m'), 1);
      expect(fs.existsSync(join(root, '.regsweep'))).toBe(false);
      const lines = refused.stderr.split('\n').map((line) => line.trimStart());
      const remedy = lines.filter((line) => /^(mv|btrfs subvolume delete) /.test(line));
      expect(remedy).toHaveLength(2);
      // A copy that fails is not followed by the deletion of the original.
      const bin = join(await tempFolder(), 'bin');
      fs.mkdirSync(bin);
      fs.writeFileSync(join(bin, 'cp'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
      expect(spawnSync('sh', ['-c', remedy.join('\n')], { env }).status).not.toBe(0);
      fs.renameSync(join(root, 'docker.volume'), join(root, 'docker'));
      expect([...docker(root).keys()]).toEqual(before);
      run('sh', '-c', remedy.join('\n'));
      expect([...docker(root).keys()]).toEqual(before);
      expectCode(await sweep(root, '-m'), 0);
      expectCode(await restore(root), 0);
      expect([...docker(root).keys()]).toEqual(before);
    });
  });
});
