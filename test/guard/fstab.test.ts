/** Disks that should be mounted in the tree and aren't. */
import fs from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { unmountedPaths } from '../../src/guard/index.js';
import type { StorageTree } from '../../src/storage/port.js';
import { makeTree, removeTree } from './support.js';

let tree: StorageTree;
beforeEach(() => {
  tree = makeTree();
});
afterEach(() => removeTree(tree));

it('names what fstab or a unit puts into the tree and what isn’t mounted there', () => {
  const host = `${tree.rootDirectory}/host`;
  const inner = `${tree.v2}/repositories`;
  fs.mkdirSync(`${host}/etc/systemd/system`, { recursive: true });
  fs.symlinkSync(tree.v2, `${tree.rootDirectory}/alias`);
  fs.writeFileSync(
    `${host}/etc/fstab`,
    [
      '# /dev/sda1 / ext4',
      `# /dev/sdz1 ${inner}/commented ext4 defaults 0 0`,
      '/dev/sda1 / ext4 defaults 0 1',
      '/dev/sda2 none swap sw 0 0',
      `/dev/sdb1 ${inner}/big ext4 noauto 0 0`,
      `/dev/sdc1 ${inner}/with\\040space/ ext4 defaults 0 0`,
      `/dev/sdd1 ${inner}/mounted ext4 defaults 0 0`,
      `/dev/sde1 ${tree.rootDirectory}/alias/repositories/app ext4 defaults 0 0`,
      '/dev/sdf1 /elsewhere ext4 defaults 0 0',
    ].join('\n'),
  );
  fs.writeFileSync(
    `${host}/etc/systemd/system/x.mount`,
    `[Mount]\nWhat=/dev/sdg1\nWhere=${inner}/unit\n`,
  );
  const mountinfo = `${host}/mountinfo`;
  fs.writeFileSync(mountinfo, `1 0 8:1 / ${inner}/mounted rw - ext4 /dev/sdd1 rw\n`);
  expect(unmountedPaths(tree, { hostRoot: host, mountinfo })).toEqual([
    `${inner}/app`,
    `${inner}/big`,
    `${inner}/unit`,
    `${inner}/with space`,
  ]);
});

it('names nothing on this machine', () => {
  expect(unmountedPaths(tree)).toEqual([]);
});
