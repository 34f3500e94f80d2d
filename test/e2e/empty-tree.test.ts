/** The end of a cleanup: the last image went, by regsweep or by the registry's API. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { everything, expectCode, purge, restore, serve, storeWith, sweep, tidy } from './world.js';

const RM = ['--yes', '--quiet-window', '200ms', '--min-age', '0s', '--format', 'json'];

const image = images.dockerImage(new Random('empty'));

const BLOBS = 1 + image.blobs.length;

const oneImage = (): Promise<string> =>
  storeWith(async (client) => {
    await client.push('team/app', image, 'v1');
  });

const left = (root: string): string[] =>
  readdirSync(join(root, 'docker/registry/v2'), { recursive: true, encoding: 'utf8' }).sort();

describe('after rm of everything', needs('registry', 'guard'), () => {
  it('tidy clears the empty folders that are left, without any flag', async () => {
    const root = await oneImage();
    const args = ['rm', '**', '--root', root, '--max-delete', '100%', ...RM];
    const preview = await regsweep(['rm', '**', '--root', root, '--dry-run', ...RM.slice(1)]);
    expect(expectCode(preview, 0).json).toMatchObject({ frees: { blobs: BLOBS } });
    expectCode(await regsweep(args), 0);
    expect(left(root).length).toBeGreaterThan(3);
    expectCode(await tidy(root), 0);
    expect(left(root)).toEqual(['blobs', 'blobs/sha256', 'repositories']);
  });
});

describe('after the last image was deleted by the API', needs('registry', 'guard'), () => {
  async function deleted(): Promise<string> {
    const root = await oneImage();
    await serve(root, (client) => client.deleteManifest('team/app', image.manifest.digest));
    return root;
  }

  it('a sweep is refused, and goes with --allow-empty-tree; it comes back', async () => {
    const root = await deleted();
    const before = left(root);
    const refused = expectCode(await sweep(root, '--max-delete', '90%'), 13);
    expect(refused.stderr).toContain('--allow-empty-tree');
    const done = expectCode(await sweep(root, '--max-delete', '90%', '--allow-empty-tree'), 0);
    expect(done.stderr.split('\n')[0]).toMatch(/^Everything in .* is removed: .* \d+ blobs\.$/);
    expect(left(root).filter((path) => path.endsWith('/data'))).toEqual([]);
    expect(await everything(root)).toEqual(new Map());
    expect(String((done.json as { notes: string[] }).notes)).toMatch(
      /trash purge .* --allow-empty-tree/,
    );
    expectCode(await restore(root), 0);
    expect(left(root)).toEqual(before);
    expectCode(await sweep(root, '--allow-empty-tree'), 0);
    expectCode(await purge(root), 13);
    expectCode(await purge(root, '--allow-empty-tree'), 0);
    expect((await regsweep(['trash', 'list', root, '--format', 'json'])).json).toMatchObject({
      runs: [],
    });
  });
});
