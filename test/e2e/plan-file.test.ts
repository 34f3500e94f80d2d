/** A reviewed plan is carried out as far as it still holds, and never when it was tampered with. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { everything, expectCode, restore, SELECT, serve, storeWith, sweep } from './world.js';

const random = new Random('plan file');
const gone = images.dockerImage(random);
const kept = images.dockerImage(random);

async function planned(): Promise<{ root: string; file: string }> {
  const root = await storeWith(async (client) => {
    await client.push('app', kept, 'kept');
    await client.push('app', gone, 'gone');
    await client.deleteManifest('app', gone.manifest.digest);
  });
  const file = join(root, '..', 'sweep.plan');
  expectCode(await regsweep(['plan', root, ...SELECT, '-o', file]), 0);
  return { root, file };
}

interface Swept {
  readonly state: string;
  readonly skippedCount: number;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly moved: Readonly<Record<string, number>>;
}

const listed = (file: string): { path: string; digest: string }[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line));

const tree = (root: string): Map<string, string> => snapshot(`${root}/docker`);

describe('sweep --plan', needs('registry', 'guard'), () => {
  it('does what the file says', async () => {
    const { root, file } = await planned();
    const before = await everything(root);
    expectCode(await sweep(root, '--plan', file), 0);
    expect(oracle(root).garbage).toEqual([]);
    expect(await everything(root)).toEqual(before);
  });

  it('never removes what was pushed again since', async () => {
    const { root, file } = await planned();
    const before = await serve(root, async (client) => {
      await client.push('app', gone, 'again');
      return client.pullEverything();
    });
    const result = await sweep(root, '--plan', file);
    expectCode(result, 14);
    expect(result.stderr).toContain('it is stale');
    expect(await everything(root)).toEqual(before);
    expect(oracle(root).live).toHaveLength(8);
  });

  it('tells what of it is stale, and ends with 3', async () => {
    const other = images.dockerImage(random);
    const root = await storeWith(async (client) => {
      for (const image of [gone, other]) {
        await client.push('app', image, 'v1');
        await client.deleteManifest('app', image.manifest.digest);
      }
      await client.push('app', kept, 'kept');
    });
    const file = join(root, '..', 'sweep.plan');
    expectCode(await regsweep(['plan', root, ...SELECT, '-o', file]), 0);
    const digests = [gone.manifest, ...gone.blobs].map(({ digest }) => digest);
    const paths = listed(file)
      .filter(({ path, digest }) => path.startsWith('blobs/') && digests.includes(digest))
      .map(({ path }) => path);
    await serve(root, (client) => client.push('app', gone, 'again'));
    const shown = await regsweep(['sweep', root, ...SELECT, '--plan', file, '--dry-run']);
    expect(expectCode(shown, 0).stdout).toContain('stale actions skipped: ');
    const result = expectCode(await sweep(root, '--plan', file), 3);
    const { state, skippedCount, skipped, moved } = result.json as Swept;
    const all = Object.values(moved).reduce((sum, number) => sum + number, 0);
    expect([state, skippedCount, all]).toEqual([
      'partial',
      skipped.length,
      listed(file).length - skipped.length,
    ]);
    const needed = skipped.filter(({ reason }) => reason === 'is needed again');
    expect(needed.map(({ path }) => path)).toEqual(expect.arrayContaining(paths));
    expect(oracle(root).garbage).toEqual([]);
  });

  it('keeps what is to be kept besides, wherever that is said', async () => {
    const running = images.dockerImage(random);
    const root = await storeWith(async (client) => {
      await client.push('app', kept, 'kept');
      await client.push('app', gone);
      await client.push('app', running);
    });
    const { digest } = running.manifest;
    const before = await serve(root, (client) => client.pullAll('app', digest));
    const [file, keep, settings] = ['sweep.plan', 'keep', 'settings.yaml'].map((name) =>
      join(root, '..', name),
    ) as [string, string, string];
    expectCode(await regsweep(['plan', root, ...SELECT, '-m', '-o', file]), 0);
    writeFileSync(keep, `${digest}\n`);
    writeFileSync(settings, `keep-digests: ${keep}\n`);
    const dry = ['sweep', root, '--plan', file, '--dry-run', '--format', 'json'];
    const left = async (flags: string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> => {
      const result = await regsweep([...dry, ...flags], { env: { ...process.env, ...env } });
      const { actions } = expectCode(result, 0).json as { actions: { kind: string }[] };
      return actions.map(({ kind }) => kind).sort();
    };
    const all = listed(file).length;
    const narrowed = await left(['--keep-digests', keep]);
    expect(narrowed.length).toBeGreaterThan(0);
    expect(narrowed.length).toBeLessThan(all);
    expect([
      await left([]).then(({ length }) => length),
      await left(['--settings', settings]),
      await left([], { REGSWEEP_KEEP_DIGESTS: keep }),
      [...new Set(await left(['--skip', 'blob,layer-link']))],
    ]).toEqual([all, narrowed, narrowed, ['revision']]);
    const repo = expectCode(await regsweep([...dry, '--repo', 'app']), 64);
    expect(repo.stderr).toContain('make a new plan: regsweep plan --repo');
    const old = expectCode(await regsweep([...dry, '--min-age', '1d']), 14);
    expect(old.stderr).toContain('no action of the plan can be done');
    const only = expectCode(await sweep(root, '--plan', file, '--only', 'revision'), 0);
    expect((only.json as Swept).moved).toEqual({ revision: 2 });
    expectCode(await restore(root), 0);
    expectCode(await sweep(root, '--plan', file, '--keep-digests', keep), 3);
    expect(await serve(root, (client) => client.pullAll('app', digest))).toEqual(before);
  });

  it('refuses a file that was changed by hand', async () => {
    const { root, file } = await planned();
    const before = tree(root);
    const [live] = oracle(root).live;
    const text = readFileSync(file, 'utf8');
    const [first] = oracle(root).garbage;
    writeFileSync(file, text.replaceAll(first!.slice(7), live!.slice(7)));
    expectCode(await sweep(root, '--plan', file), 14);
    expect(tree(root)).toEqual(before);
  });

  it('refuses a file that was cut off', async () => {
    const { root, file } = await planned();
    const before = tree(root);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${lines.slice(0, -2).join('\n')}\n`);
    expectCode(await sweep(root, '--plan', file), 14);
    expect(tree(root)).toEqual(before);
  });

  it("refuses another tree's file", async () => {
    const [one, other] = [await planned(), await planned()];
    const before = tree(one.root);
    expectCode(await sweep(one.root, '--plan', other.file), 14);
    expect(tree(one.root)).toEqual(before);
  });
});
