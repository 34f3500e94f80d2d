/** `pulls show` before anything was imported. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { tempFolder } from '../harness/temp.js';

it('no record is a result, not a failure', async () => {
  const { root } = new TreeBuilder(join(await tempFolder(), 'root'));
  expect(await regsweep(['pulls', 'show', root, '--json'])).toMatchObject({
    code: 0,
    stderr: '',
    json: { schemaVersion: 1, root, since: null, covered: [], records: 0, repositories: [] },
  });
  const { code, stdout } = await regsweep(['pulls', 'show', root]);
  expect([code, stdout.split('\n')]).toEqual([
    0,
    [
      'No pulls are recorded. To import the registry’s access log:',
      `  regsweep pulls import LOG... ${root}`,
      '',
    ],
  ]);
});
