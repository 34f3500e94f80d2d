/** Deleted files that are still open belong to the tree they lay in. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { heldDeletedFiles } from '../../src/guard/index.js';
import { blobDataPath } from '../../src/storage/layout.js';
import { openTree } from '../../src/storage/tree.js';
import { TreeBuilder } from '../harness/offline.js';
import { tempFolder } from '../harness/temp.js';

it('those of another registry on the same filesystem are not counted', async () => {
  const folder = await tempFolder();
  const [one, other] = ['one', 'other'].map((name) => new TreeBuilder(join(folder, name)));
  const paths = [one!, other!].map((tree) => {
    const digest = tree.blob(tree.root);
    return `${tree.v2}/${blobDataPath(digest)}`;
  });
  const script = 'exec 3<"$1" 4<"$2"; echo open; exec sleep 60';
  const holder = spawn('sh', ['-c', script, '-', ...paths], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(holder.stdout, 'data');
    for (const path of paths) rmSync(path);
    const held = heldDeletedFiles(await openTree(one!.root));
    expect(held).toMatchObject([{ pid: holder.pid, files: 1 }]);
  } finally {
    holder.kill();
  }
});
