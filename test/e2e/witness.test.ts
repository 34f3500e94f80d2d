/** A registry process that was alive during a sweep remembers: nothing may end for good under it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { Random } from '../harness/random.js';
import { withRegistry } from '../harness/registry.js';
import { lacks } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { CHANGE, expectCode, purge, SELECT, storeWith, sweep } from './world.js';

const trash = (root: string): Map<string, string> => snapshot(`${root}/.regsweep/runs`);

async function store(): Promise<string> {
  const random = new Random('witness');
  return storeWith(async (client) => {
    const gone = images.dockerImage(random);
    await client.push('app', images.dockerImage(random), 'kept');
    await client.push('app', gone, 'gone');
    await client.deleteManifest('app', gone.manifest.digest);
  });
}

/** A clock a minute behind: the sweep ends before the registry has started, by the time of day. */
const BEHIND = `const Now = Date;
globalThis.Date = class extends Now {
  constructor(...given) { given.length === 0 ? super(Now.now() - 60_000) : super(...given); }
  static now() { return Now.now() - 60_000; }
};`;

const readOnly = { readOnly: true, cache: 'inmemory' } as const;

describe.skipIf(lacks('registry', 'root'))('a registry older than the sweep', () => {
  it('keeps purge and --delete waiting until it was restarted', async () => {
    const root = await store();
    await withRegistry(
      root,
      async ({ pid }) => {
        const deleting = expectCode(await sweep(root, '--delete'), 12);
        expect(deleting.stderr).toContain(`registry process ${pid}`);
        const swept = expectCode(await sweep(root), 0);
        expect((swept.json as { notes: string[] }).notes.join('\n')).toMatch(/in memory/);
        const before = trash(root);
        const purging = expectCode(await purge(root), 12);
        expect(purging.stderr).toContain(`registry process ${pid} has been alive`);
        expect(trash(root)).toEqual(before);
      },
      readOnly,
    );
    await withRegistry(
      root,
      async () => {
        expectCode(await purge(root), 0);
      },
      readOnly,
    );
    expect([...trash(root).keys()]).toEqual(['']);
  });

  it('keeps purge waiting though the clock was behind at the sweep', async () => {
    const root = await store();
    const behind = join(root, 'behind.cjs');
    writeFileSync(behind, BEHIND);
    const env = { ...process.env, NODE_OPTIONS: `--require ${behind}` };
    await withRegistry(
      root,
      async ({ pid }) => {
        const sweeping = ['sweep', root, ...SELECT, ...CHANGE, '--age-by', 'mtime'];
        expectCode(await regsweep(sweeping, { env }), 0);
        const purging = expectCode(await purge(root), 12);
        expect(purging.stderr).toContain(`registry process ${pid} has been alive`);
      },
      readOnly,
    );
  });
});
