/** A full disk or an ended reader behind stdout or stderr: the exit code stays the truth. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN } from '../harness/cli.js';
import { TreeBuilder } from '../harness/offline.js';
import { run } from '../harness/process.js';
import { tempFolder } from '../harness/temp.js';

const shell = (script: string, ...args: string[]) =>
  run('bash', ['-c', script, 'bash', process.execPath, BIN, ...args]);

describe('where stderr can’t be written', () => {
  it.each([
    ['a full disk', '"$@" 2>/dev/full'],
    ['a reader that ended', '"$@" 2> >(exec true)'],
  ])('%s does not end the command', async (_, script) => {
    const tree = new TreeBuilder(join(await tempFolder(), 'root'));
    const layer = tree.layer('app', 'layer');
    tree.manifest('app', { schemaVersion: 2, config: { digest: layer }, layers: [] }, 'v1');
    expect(await shell(script, 'nope')).toMatchObject({ code: 64 });
    const narrowed = await shell(script, 'analyze', tree.root, '--repo', 'no/such', '--json');
    expect(narrowed.code).toBe(3);
    expect(JSON.parse(narrowed.stdout)).toMatchObject({ repositories: [] });
  });
});

describe('where stdout can’t be written', () => {
  it.each(['--help', '--version', 'version', 'sweep --help', 'completion bash', 'config sample'])(
    '%s fails with one line',
    async (words) => {
      const { code, stderr } = await shell('"$@" >/dev/full', ...words.split(' '));
      expect([code, stderr.trim()]).toEqual([
        1,
        'regsweep: ENOSPC: no space left on device, write',
      ]);
    },
  );

  it('a reader that ended is no error', async () => {
    expect(await shell('set -o pipefail; "$@" | true', '--help')).toMatchObject({
      code: 0,
      stderr: '',
    });
  });
});
