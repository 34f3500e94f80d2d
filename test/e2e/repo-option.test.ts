/** `--repo` is taken by every command, and narrows what is shown, removed or brought back. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/args/command-table.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { expectCode, purge, restore, SELECT, serve, storeWith, sweep } from './world.js';

const random = new Random('repo option');
const [app, web, tagged] = [0, 1, 2].map(() => images.dockerImage(random)) as [
  images.Image,
  images.Image,
  images.Image,
];

const store = (): Promise<string> =>
  storeWith(async (client) => {
    for (const name of ['team/app', 'team/web']) await client.push(name, tagged, 'v1');
    await client.push('team/app', app);
    await client.push('team/web', web);
  });

interface Runs {
  readonly runs: { readonly items: number; readonly bytes: number }[];
}

const UNMATCHED = 'regsweep: --repo team/ap matches no repository; did you mean team/app?\n';

it('every command on a tree has --repo, once', () => {
  const onTrees = COMMANDS.filter(({ options }) => options.includes('root'));
  expect(onTrees.map(({ options }) => options.filter((one) => one === 'repo'))).toEqual(
    onTrees.map(() => ['repo']),
  );
});

describe('--repo', needs('registry', 'guard'), () => {
  it('brings back one repository’s items, with what they need', async () => {
    const root = await store();
    const { digest } = app.manifest;
    const before = await serve(root, (client) => client.pullAll('team/app', digest));
    expectCode(await sweep(root, '-m'), 0);
    const list = async (code: number, ...flags: string[]) => {
      const result = await regsweep(['trash', 'list', root, '--format', 'json', ...flags]);
      return [(expectCode(result, code).json as Runs).runs, result.stderr] as const;
    };
    const [[all], [narrowed], none] = [
      await list(0),
      await list(0, '--repo', 'team/app'),
      await list(3, '--repo', 'team/ap'),
    ];
    expect([narrowed.length, none]).toEqual([1, [[], UNMATCHED]]);
    expect(narrowed[0]!.items).toBeLessThan(all[0]!.items);
    expect(narrowed[0]!.bytes).toBeLessThan(all[0]!.bytes);
    const refused = expectCode(await purge(root, '--repo', 'team/app'), 64);
    expect(refused.stderr).toContain('purge deletes complete runs');
    expectCode(await restore(root, '--repo', 'team/ap'), 3);
    expect((await list(0))[0]).toEqual(all);
    expectCode(await restore(root, '--repo', 'team/app'), 0);
    const pulled = await serve(root, async (client) => [
      await client.pullAll('team/app', digest),
      await client.getManifest('team/web', web.manifest.digest),
    ]);
    expect(pulled).toEqual([before, undefined]);
  });

  it('narrows what rm may take', async () => {
    const root = await store();
    const rm = (...flags: string[]) =>
      regsweep(['rm', 'team/*:v1', '--root', root, '--dry-run', '--format', 'json', ...flags]);
    const removed = async (...flags: string[]): Promise<string[]> => {
      const { json } = expectCode(await rm(...SELECT, ...flags), 0);
      return (json as { removed: { repository: string }[] }).removed
        .map(({ repository }) => repository)
        .filter((name, i, all) => all.indexOf(name) === i);
    };
    expect([await removed(), await removed('--repo', '*/app')]).toEqual([
      ['team/app', 'team/web'],
      ['team/app'],
    ]);
    expect(expectCode(await rm('--repo', 'other'), 64).stderr).toContain('no such repository');
  });

  it('narrows history, explain and the page, and is no error elsewhere', async () => {
    const root = await store();
    const shown = async (...args: string[]) =>
      expectCode(await regsweep([...args, '--format', 'json', '--repo', 'team/app']), 0);
    expectCode(await sweep(root), 0);
    await shown('analyze', root);
    await serve(root, async (client) => {
      for (const name of ['team/app', 'team/web']) {
        await client.push(name, images.dockerImage(random), 'v2');
      }
    });
    await shown('analyze', root);
    const { repositories } = (await shown('history', root)).json as {
      repositories: { name: string }[];
    };
    const { linkedIn } = (await shown('explain', tagged.manifest.digest, root)).json as {
      linkedIn: { repository: string }[];
    };
    expect([
      repositories.map(({ name }) => name),
      [...new Set(linkedIn.map(({ repository }) => repository))],
    ]).toEqual([['team/app'], ['team/app']]);
    await shown('audit', 'verify', root);
    await shown('report', root, '-o', join(root, '..', 'page.html'));
    const unmatched = await regsweep(['analyze', root, '--repo', 'team/ap']);
    expect(expectCode(unmatched, 3).stderr).toContain(UNMATCHED);
  });
});
