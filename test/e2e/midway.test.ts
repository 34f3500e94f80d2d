/** A writer and a signal while the command line moves things: on the committed fixture. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BIN, regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { type Output, start } from '../harness/process.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';

const FLAGS = ['--min-age', '0s', '--max-delete', '100%', '--quiet-window', '200ms', '-y'];

/** Sweeps a copy of the fixture, and does `then` as soon as the run has begun. */
async function sweepWith(
  root: string,
  then: (pid: number) => void,
  ...flags: string[]
): Promise<Output> {
  const env = { ...process.env, NO_COLOR: '1' };
  const sweep = start(process.execPath, [BIN, 'sweep', root, ...FLAGS, ...flags], { env });
  const runs = join(root, '.regsweep/runs');
  let over = false;
  const ended = sweep.ended.finally(() => {
    over = true;
  });
  while (!over && (!existsSync(runs) || readdirSync(runs).length === 0)) await setImmediate();
  if (!over) then(sweep.pid);
  return ended;
}

const stray = (root: string) => (): void => {
  const folder = join(root, 'docker/registry/v2/blobs/sha256/00', '0'.repeat(64));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'data'), 'somebody else was here');
};

const files = (root: string) => snapshot(join(root, 'docker'), { folderTimes: false });

describe('midway', needs('guard'), () => {
  it('a writer during the sweep rolls all of it back, and the text says so', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const before = files(root);
    const { code, stdout } = await sweepWith(root, stray(root));
    expect(stdout).toMatch(/^Rolled back: [1-9]\d* items put back/);
    expect(stdout).not.toMatch(/moved to quarantine/);
    expect(code).toBe(12);
    const { runs } = (await regsweep(['trash', 'list', root, '--format', 'json'])).json as {
      runs: { state: string }[];
    };
    expect(runs.map(({ state }) => state)).toEqual(runs.length > 0 ? ['rolled-back'] : []);
    const vouching = /^(blobs\/|.*\/_layers\/|.*\/_manifests\/revisions\/).*\/(data|link)$/;
    const now = files(root);
    const vouched = [...before].filter(([path]) => vouching.test(path.replace(/^.*?v2\//, '')));
    expect(vouched.length).toBeGreaterThan(10);
    expect(vouched.filter(([path, text]) => now.get(path) !== text)).toEqual([]);
  });

  it('SIGINT during the sweep ends it after a batch, and all comes back', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const before = files(root);
    const { code, stdout } = await sweepWith(root, (pid) => process.kill(pid, 'SIGINT'));
    expect(stdout).toMatch(/Interrupted; the tree is consistent/);
    expect(code).toBe(130);
    const back = await regsweep(['trash', 'restore', root, '--quiet-window', '200ms', '-y']);
    expect(back.code).toBe(0);
    expect(files(root)).toEqual(before);
  });
});
