/** Journal and audit log in a state directory of their own: the way back is told with it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BIN } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, restore, sweep } from './world.js';

interface Result {
  readonly items: number;
  readonly bytes: number;
  readonly diskBytes: number;
  readonly notes: readonly string[];
}

it('the hint that a sweep gives brings all back, pasted as it is', needs('guard'), async () => {
  const folder = await tempFolder();
  const root = copyFixture(join(folder, 'root'));
  const state = join(folder, "somebody's state");
  mkdirSync(state, { mode: 0o700 });
  const before = snapshot(join(root, 'docker'));
  const swept = expectCode(await sweep(root, '-m', '--state-dir', state), 0).json as Result;
  const without = expectCode(await restore(root), 0).json as Result;
  expect(without.notes.join('\n')).toMatch(/^nothing to do\nmade with another --state-dir/);
  const hint = swept.notes.find((note) => note.startsWith('undo it:'))!;
  const command = hint.replace(/^undo it:\s+regsweep/, `${process.execPath} ${BIN}`);
  const flags = '--yes --quiet-window 200ms --format json';
  const stdout = execFileSync('sh', ['-c', `${command} ${flags}`], { encoding: 'utf8' });
  const back = JSON.parse(stdout) as Result;
  expect([back.bytes, back.diskBytes]).toEqual([swept.bytes, swept.diskBytes]);
  expect(snapshot(join(root, 'docker'))).toEqual(before);
});
