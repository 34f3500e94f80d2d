/** Deleted files that a process holds open free nothing: who holds them is told. */
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobDataPath } from '../../src/storage/layout.js';
import { CACHE, expectCode, sweep } from '../e2e/world.js';
import { regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

const PURGE = ['--min-age', '0s', '--yes', '--quiet-window', '200ms', '--format', 'json', ...CACHE];
const BYTES = 3 * 1024 * 1024;

async function store() {
  const tree = new TreeBuilder(join(await tempFolder(), 'root')).at(Date.UTC(2024, 0, 1));
  tree.push('app', images.dockerImage(new Random('held')), 'v1');
  const garbage = tree.layer('app', Buffer.alloc(BYTES, 7));
  return { root: tree.root, data: join(tree.v2, blobDataPath(garbage)) };
}

const told = new RegExp(`3.15 MB will be free when process ${process.pid} .*closes 1 deleted file`);

describe('deleted files that are still open', needs('guard'), () => {
  it('are told by a purge, with what the filesystem gained, and by the guard', async () => {
    const { root, data } = await store();
    const fd = openSync(data, 'r');
    try {
      expectCode(await sweep(root), 0);
      // A process of its own: what it holds open itself is not told.
      const ended = await regsweep(['trash', 'purge', root, ...PURGE]);
      const purged = expectCode(ended, 0).json as {
        diskBytes: number;
        filesystemBytes: number;
        notes: string[];
      };
      expect(purged.diskBytes).toBeGreaterThanOrEqual(BYTES);
      expect(purged.filesystemBytes).toBeLessThan(BYTES);
      expect(purged.notes.join('\n')).toMatch(told);
      const { json } = await regsweep(['guard', root, '--format', 'json']);
      const { evidence } = json as { evidence: { bearing: string; message: string }[] };
      expect(evidence.filter(({ message }) => told.test(message))).toMatchObject([
        { bearing: 'note' },
      ]);
    } finally {
      closeSync(fd);
    }
    const { stdout } = await regsweep(['guard', root]);
    expect(stdout).not.toContain('deleted file');
  });

  it('files of other folders are not', async () => {
    const { root } = await store();
    const other = join(root, 'other');
    const fd = openSync(other, 'w');
    rmSync(other);
    try {
      expect((await regsweep(['guard', root])).stdout).not.toContain('deleted file');
    } finally {
      closeSync(fd);
    }
  });
});
