/** A registry process that was alive during a sweep remembers: nothing may end for good under it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { Random } from '../harness/random.js';
import { withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { expectCode, purge, storeWith, sweep } from './world.js';

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

/** What a clock that was two hours behind would have written at the end. */
function setBack(root: string): void {
  const runs = join(root, '.regsweep/runs');
  const [run] = readdirSync(runs);
  const [journal] = readdirSync(join(runs, run!)).filter((name) => name.startsWith('journal'));
  const file = join(runs, run!, journal!);
  const text = readFileSync(file, 'utf8');
  const behind = text.replace(/"at":"([^"]+)"/, (_, at: string) => {
    return `"at":"${new Date(Date.parse(at) + SHIFT_MS).toISOString()}"`;
  });
  expect(behind).not.toBe(text);
  writeFileSync(file, behind);
}

const SHIFT_MS = -7_200_000;

const readOnly = { readOnly: true, cache: 'inmemory' } as const;

describe('a registry older than the sweep', needs('registry', 'guard'), () => {
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
        expect(purging.stderr).toContain(`registry process ${pid} has been running`);
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
    await withRegistry(
      root,
      async ({ pid }) => {
        expectCode(await sweep(root), 0);
        setBack(root);
        const purging = expectCode(await purge(root), 12);
        expect(purging.stderr).toContain(`registry process ${pid} has been running`);
      },
      readOnly,
    );
  });
});
