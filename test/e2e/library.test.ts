/** The library where it changes a tree: under the guard, as the command line does. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';
import { copyFixture } from '../harness/fixture.js';
import { run } from '../harness/process.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const FAST = { quietWindow: '200ms' };
const OLD_ENOUGH = { minAge: '0s', maxDelete: '100%' };

const freshRoot = async (): Promise<string> => copyFixture(join(await tempFolder(), 'root'));

/** Every path of the tree with its content, without regsweep's own folder. */
const listing = (root: string): string =>
  execFileSync(
    'sh',
    ['-c', 'find docker -type d | sort; find docker -type f -exec sha256sum {} + | sort'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );

describe('the library', needs('guard'), () => {
  it('sweeps, lists, restores and purges', async () => {
    const root = await freshRoot();
    const before = listing(root);
    const questions: library.Question[] = [];
    const confirm = (question: library.Question): boolean => questions.push(question) > 0;
    const { actions } = await library.plan({ root, ...OLD_ENOUGH });
    const swept = await library.sweep({ root, ...FAST, ...OLD_ENOUGH, confirm });
    expect(swept).toMatchObject({
      state: 'done',
      quarantine: true,
      command: 'sweep',
      guard: 'stopped',
    });
    expect(questions).toMatchObject([{ kind: 'change', totals: { actions: actions.length } }]);
    expect(listing(root)).not.toBe(before);
    const { runs } = await library.listQuarantine({ root });
    expect(runs).toMatchObject([{ items: actions.length }]);
    const restored = await library.restore({ root, ...FAST, run: runs[0]!.id });
    expect(restored).toMatchObject({ state: 'done', items: actions.length, problems: [] });
    expect(listing(root)).toBe(before);
    await library.sweep({ root, ...FAST, ...OLD_ENOUGH });
    expect(await library.purge({ root, ...FAST, minAge: '0s', cache: 'none' })).toMatchObject({
      runs: 1,
    });
    expect((await library.listQuarantine({ root })).runs).toEqual([]);
    expect(await library.verifyAudit({ root })).toMatchObject({ ok: true });
  });

  it('tidies, and removes what is named', async () => {
    const root = await freshRoot();
    expect(await library.tidy({ root, ...FAST, ...OLD_ENOUGH })).toMatchObject({ state: 'done' });
    const { repositories } = await library.analyze({ root });
    const { name } = repositories.find(({ tags }) => tags > 0)!;
    const removal = { root, ...FAST, ...OLD_ENOUGH, targets: [name] };
    const shown = await library.remove({ ...removal, dryRun: true });
    expect(shown).toMatchObject({ targets: [name], removed: expect.any(Array) });
    expect(await library.remove(removal)).toMatchObject({ state: 'done', command: 'rm' });
    const after = await library.analyze({ root });
    expect(after.repositories.map((row) => row.name)).not.toContain(name);
  });

  it('changes nothing when confirm says no', async () => {
    const root = await freshRoot();
    const before = listing(root);
    const declined = await library.sweep({
      root,
      ...FAST,
      ...OLD_ENOUGH,
      confirm: async () => false,
    });
    expect(declined).toMatchObject({ state: 'declined', moved: {} });
    expect(listing(root)).toBe(before);
  });

  it('is refused by the guard as the command line is', async () => {
    const root = await freshRoot();
    const before = listing(root);
    const held = join(root, 'docker/registry/v2/held');
    writeFileSync(held, '');
    const writer = spawn('sleep', ['60'], { stdio: [openSync(held, 'a'), 'ignore', 'ignore'] });
    try {
      for (const change of [library.sweep, library.tidy, library.restore, library.purge]) {
        await expect(change({ root, ...FAST })).rejects.toMatchObject({
          code: 'guard-refused',
          message: expect.stringContaining(String(writer.pid)),
          remedy: expect.any(String),
        });
      }
      expect(await library.guard({ root })).toMatchObject({ state: 'refused' });
    } finally {
      writer.kill();
    }
    expect(listing(root).replace(/^.*docker\/registry\/v2\/held\n/m, '')).toBe(before);
  });

  it('runs the example of the documentation, as an installed package', async () => {
    const root = await freshRoot();
    const before = listing(root);
    const folder = await tempFolder();
    const api = readFileSync(join(project, 'docs/api.md'), 'utf8');
    const [, example] = /```js\n([\s\S]*?)```/.exec(api)!;
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(project, join(folder, 'node_modules/regsweep'));
    writeFileSync(join(folder, 'example.mjs'), example!);
    const { code, stdout, stderr } = await run(process.execPath, ['example.mjs', root], {
      cwd: folder,
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\d+ of \d+ blobs are garbage\n/);
    expect(stdout).toMatch(/^blob blobs\/sha256\//m);
    expect(listing(root)).toBe(before);
  });
});
