/** Journal and audit log in a state directory of their own: the way back is told with it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BIN, regsweep } from '../harness/cli.js';
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
  const hint = swept.notes.find((note) => note.startsWith('undo it:'))!;
  const command = hint.replace(/^undo it:\s+regsweep/, `${process.execPath} ${BIN}`);
  const flags = '--yes --quiet-window 200ms --format json';
  const stdout = execFileSync('sh', ['-c', `${command} ${flags}`], { encoding: 'utf8' });
  const back = JSON.parse(stdout) as Result;
  expect([back.bytes, back.diskBytes]).toEqual([swept.bytes, swept.diskBytes]);
  expect(snapshot(join(root, 'docker'))).toEqual(before);
});

it('without its journal a run is listed, and comes back by its paths', needs('guard'), async () => {
  const folder = await tempFolder();
  const root = copyFixture(join(folder, 'root'));
  const state = join(folder, 'state');
  const before = filesOf(root);
  const ways = [[], ['--run'], ['--ref', 'RUN'], ['--repo', '**']] as const;
  for (const [flag, ...more] of ways) {
    expectCode(await sweep(root, '-m', '--state-dir', state), 0);
    rmSync(state, { recursive: true });
    const list = await regsweep(['trash', 'list', root, '--format', 'json']);
    const [run] = (list.json as { runs: { id: string; state: string; items: number }[] }).runs;
    expect(run).toMatchObject({ state: 'no-journal' });
    expect(run!.items).toBeGreaterThan(5);
    const blob = Object.keys(before).find(
      (name) => name.endsWith('/data') && !existsSync(join(root, 'docker', name)),
    )!;
    const digest = `sha256:${blob.split('/').at(-2)}`;
    const named = flag === '--run' ? [run!.id] : flag === '--ref' ? [digest] : more;
    const result = await restore(root, ...(flag === undefined ? [] : [flag, ...named]));
    expect(result.code, result.stderr).toBe(0);
    expect((result.json as Result).items).toBeGreaterThan(0);
    // What belongs to no repository stays, where repositories are named.
    if (flag !== '--repo') expect(existsSync(join(root, 'docker', blob))).toBe(true);
    if (flag === '--ref' || flag === '--repo') expectCode(await restore(root), 0);
    expect(filesOf(root)).toEqual(before);
    expect(readdirSync(join(root, '.regsweep/runs'))).toEqual([]);
  }
});

it('restoring nothing of what was asked for is no success', needs('guard'), async () => {
  const root = copyFixture(join(await tempFolder(), 'root'));
  expectCode(await restore(root), 0);
  const lost = `sha256:${'0'.repeat(64)}`;
  expect(expectCode(await restore(root, '--ref', lost), 3).stdout).toContain(
    'missing from both the tree',
  );
  expectCode(await sweep(root, '-m'), 0);
  expectCode(await restore(root, '--ref', lost), 3);
  const [run] = readdirSync(join(root, '.regsweep/runs'));
  rmSync(join(root, '.regsweep/runs', run!, 'trash'), { recursive: true });
  expectCode(await restore(root, '--run', run!), 3);
});

/** Content only: without a journal the times of folders aren't known. */
function filesOf(root: string): Record<string, string> {
  const docker = join(root, 'docker');
  const names = readdirSync(docker, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    names.map((name) => [name.slice(docker.length + 1), readFileSync(name, 'latin1')]),
  );
}
