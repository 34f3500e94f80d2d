/** `rm` on a real registry's store: what was named goes, and everything else is served as before. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CliResult } from '../harness/cli.js';
import type { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { unneeded } from '../harness/unneeded.js';
import { type Everything, everything, expectCode, serve, storeWith, sweep } from './world.js';

const FLAGS = ['--yes', '--quiet-window', '200ms', '--format', 'json', '--max-delete', '100%'];

const rm = (root: string, ...args: string[]): Promise<CliResult> =>
  regsweep(['rm', ...args, '--root', root, ...FLAGS, '--min-age', '0s']);

/** As a user would, a moment after the push. */
const rmYoung = (root: string, ...args: string[]): Promise<CliResult> =>
  regsweep(['rm', ...args, '--root', root, ...FLAGS]);

const catalog = (root: string): Promise<string[]> => serve(root, (client) => client.repositories());

/** What is served, less what begins with one of these. */
const less = (all: Everything, ...gone: string[]): Everything =>
  new Map([...all].filter(([name]) => !gone.some((one) => name.startsWith(one))));

interface World {
  readonly base: images.Image;
  readonly list: images.Image;
  readonly signature: string;
  readonly sbom: images.Image;
  readonly untagged: images.Image;
}

/** `app` shares a layer with `other`; `app/nested` lies in it. */
async function fill(client: RegistryClient, random: Random): Promise<World> {
  const base = images.dockerImage(random);
  const list = images.manifestList([images.dockerImage(random), images.dockerImage(random)]);
  const { tag, image } = images.cosignSignature(random, list);
  const sbom = images.referrer(random, list);
  const untagged = images.ociImage(random);
  await client.push('app', base, 'v1');
  await client.push('app', base, 'stable');
  await client.push('app', list, 'multi');
  await client.push('app', image, tag);
  await client.push('app', sbom);
  await client.push('app', untagged);
  await client.push('app/nested', images.ociImage(random), 'v1');
  await client.push('other', images.dockerImage(random, [base.blobs[1]!]), 'v1');
  await client.mountBlob('other', base.blobs[2]!.digest, 'app');
  await client.push('other', base, 'copy');
  return { base, list, signature: tag, sbom, untagged };
}

async function world(seed: string): Promise<World & { root: string; before: Everything }> {
  let pushed: World | undefined;
  const root = await storeWith(async (client) => {
    pushed = await fill(client, new Random(seed));
  });
  return { ...pushed!, root, before: await everything(root) };
}

/** No file is left that nothing needs, and a sweep finds nothing more that could go. */
async function expectClean(root: string, left = unneeded(root)): Promise<void> {
  expect(left).toEqual([]);
  expectCode(await sweep(root), 0);
  expect(oracle(root).garbage).toEqual([]);
  expect((await sweep(root)).json).toMatchObject({ moved: {} });
}

describe('rm', needs('registry', 'guard'), () => {
  it('takes the links that its image alone needed here, though other repositories hold the blobs', async () => {
    const { root, before, base } = await world('links');
    const result = expectCode(await rm(root, 'app:v1', 'app:stable'), 0);
    expect(result.json).toMatchObject({ moved: { tag: 2, revision: 1, 'layer-link': 3 } });
    const layers = base.blobs.map(({ digest }) => digest);
    const links = readdirSync(join(root, 'docker/registry/v2/repositories/app/_layers/sha256'));
    expect(links.filter((hex) => layers.includes(`sha256:${hex}`))).toEqual([]);
    expect(unneeded(root)).toEqual([]);
    const { run } = result.json as { run: { id: string } };
    const restore = ['trash', 'restore', root, '--run', run.id, '--yes', '--quiet-window', '200ms'];
    expectCode(await regsweep(restore), 0);
    expect(await everything(root)).toEqual(before);
    expect(await serve(root, (client) => client.hasBlob('app', layers[0]!))).toBe(true);
  });

  it('one of several tags of an image takes that tag only', async () => {
    const { root, before, base } = await world('one tag');
    const result = expectCode(await rm(root, 'app:v1'), 0);
    expect(result.json).toMatchObject({
      state: 'done',
      moved: { tag: 1 },
      removed: [
        {
          kind: 'tag',
          repository: 'app',
          tag: 'v1',
          digest: base.manifest.digest,
          reason: 'named: app:v1',
        },
      ],
    });
    expect(await everything(root)).toEqual(less(before, 'app:v1'));
    await expectClean(root);
    expect(await everything(root)).toEqual(less(before, 'app:v1'));
  });

  it('the last tag takes the image, its platforms, its signature and what describes it', async () => {
    const { root, before, list, signature, sbom, untagged } = await world('last tag');
    const result = expectCode(await rm(root, 'app:multi'), 0);
    expect((result.json as { moved: object }).moved).toMatchObject({ tag: 2, revision: 5 });
    const gone = [list, ...list.children, sbom].map(({ manifest }) => manifest.digest);
    const left = await serve(root, async (client) => {
      const found = await Promise.all(gone.map((digest) => client.getManifest('app', digest)));
      return [...found, await client.getManifest('app', untagged.manifest.digest)];
    });
    expect(left.map((one) => one === undefined)).toEqual([true, true, true, true, false]);
    expect(await everything(root)).toEqual(less(before, 'app:multi', `app:${signature}`));
    await expectClean(root);
    expect(await everything(root)).toEqual(less(before, 'app:multi', `app:${signature}`));
  });

  it('a digest takes all tags that point to it, here and not elsewhere', async () => {
    const { root, before, base } = await world('digest');
    expectCode(await rm(root, `app@${base.manifest.digest}`), 0);
    expect(await everything(root)).toEqual(less(before, 'app:v1', 'app:stable'));
    expect([...(await everything(root)).keys()]).toContain('other:copy');
    await expectClean(root);
  });

  it('an untagged manifest goes by its digest', async () => {
    const { root, before, untagged } = await world('untagged');
    const result = expectCode(await rm(root, `app@${untagged.manifest.digest}`), 0);
    expect(result.json).toMatchObject({ moved: { revision: 1, blob: 4, 'layer-link': 3 } });
    expect(await everything(root)).toEqual(before);
    await expectClean(root);
  });

  it('a repository goes whole, right after the push too; one nested in it stays', async () => {
    const { root, before } = await world('repository');
    const result = expectCode(await rmYoung(root, 'app'), 0);
    expect(result.json).toMatchObject({ state: 'done', skippedCount: 0 });
    expect((result.json as { notes: string[] }).notes.join('\n')).toMatch(/newer than --min-age/);
    const { removed } = result.json as { removed: { kind: string }[] };
    expect(removed.filter(({ kind }) => kind === 'repository')).toEqual([
      { kind: 'repository', repository: 'app', reason: 'named: app' },
    ]);
    expect(await catalog(root)).toEqual(['app/nested', 'other']);
    const app = join(root, 'docker/registry/v2/repositories/app');
    const rest = [...snapshot(app).keys()].filter((path) => !path.startsWith('nested'));
    expect(rest).toEqual(['']);
    const expected = new Map([...before].filter(([name]) => !name.startsWith('app:')));
    expect(await everything(root)).toEqual(expected);
    await expectClean(root, []);
    expect(await everything(root)).toEqual(expected);
  });

  it('the last of all tags leaves no empty repository in the catalog', async () => {
    const { root, before } = await world('all tags');
    expectCode(await rmYoung(root, 'other:*', 'app/nested:v1'), 0);
    expect(await catalog(root)).toEqual(['app']);
    expect(existsSync(join(root, 'docker/registry/v2/repositories/other'))).toBe(false);
    expect(await everything(root)).toEqual(less(before, 'other', 'app/nested'));
    await expectClean(root, []);
    expect(await everything(root)).toEqual(less(before, 'other', 'app/nested'));
  });

  it('says the nearest name of what is not there, and touches nothing', async () => {
    const { root, before, list } = await world('missing');
    const state = snapshot(join(root, 'docker'));
    const result = await rm(root, 'app:v1', 'aps:v1', 'app:stabel');
    expect(result).toMatchObject({ code: 64, json: { error: { code: 'usage' } } });
    expect(result.stderr).toContain('aps:v1: no such repository');
    expect(result.stderr).toContain('did you mean app:v1?');
    expect(result.stderr).toContain('did you mean app:stable?');
    const part = await rm(root, 'app:v1', `app@${list.children[0]!.manifest.digest}`);
    expect(part).toMatchObject({ code: 64, json: { error: { code: 'usage' } } });
    expect(part.stderr).toContain(`it is part of ${list.manifest.digest}`);
    expect(snapshot(join(root, 'docker'))).toEqual(state);
    expect(await everything(root)).toEqual(before);
  });

  it('--dry-run shows what it means, and changes nothing', async () => {
    const { root, base } = await world('dry run');
    const state = snapshot(root);
    const result = expectCode(await rm(root, 'app:v1', 'app:stable', '--dry-run'), 0);
    const { sharedWith, ...report } = result.json as {
      sharedWith: { repository: string; blobs: number }[];
    };
    expect(report).toMatchObject({
      targets: ['app:v1', 'app:stable'],
      removed: [
        { kind: 'tag', tag: 'stable' },
        { kind: 'tag', tag: 'v1' },
        { kind: 'revision', digest: base.manifest.digest, reason: 'its last tag is removed' },
      ],
      staying: [],
      frees: { blobs: 0, bytes: 0 },
      later: { blobs: 0, until: null },
    });
    expect(sharedWith).toMatchObject([{ repository: 'other', blobs: 4 }]);
    expect(snapshot(root)).toEqual(state);
    const table = await regsweep(['rm', 'app:v1', '--root', root, '--dry-run', '--min-age', '0s']);
    expect(table.stdout).toContain('still tagged stable');
    const tags = await regsweep(['rm', 'app:*', '--root', root, '--dry-run', '--min-age', '0s']);
    expect(tags.stdout).toContain('app stays in the catalog with 1 manifest without a tag');
  });

  it('says what holds it where nothing of it can go', async () => {
    const { root, before, untagged } = await world('held');
    const digests = join(root, 'digests');
    writeFileSync(digests, `${untagged.manifest.digest}\n`);
    const name = `app@${untagged.manifest.digest}`;
    const result = await rm(root, name, '--keep-digests', digests);
    expect(result.code).toBe(13);
    expect(result.stderr).toContain(`${name}: it is listed in --keep-digests`);
    expect(await everything(root)).toEqual(before);
  });

  it('what it took comes back, and the audit log tells why it went', async () => {
    const { root, before } = await world('undo');
    const result = expectCode(await rm(root, 'app', 'other:copy'), 0);
    const { run } = result.json as { run: { id: string } };
    const log = readFileSync(join(root, '.regsweep/audit.jsonl'), 'utf8').trim().split('\n');
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    const tags = lines.filter(({ event, kind }) => event === 'moved' && kind === 'tag');
    expect(new Set(tags.map(({ reason }) => reason))).toEqual(
      new Set(['named: app', 'named: other:copy']),
    );
    const restore = ['trash', 'restore', root, '--run', run.id, '--yes', '--quiet-window', '200ms'];
    expectCode(await regsweep(restore), 0);
    expect(await everything(root)).toEqual(before);
  });

  it('in a damaged repository takes the damage, or all of it, and refuses the rest', async () => {
    const { root, before, list } = await world('damage');
    const v2 = join(root, 'docker/registry/v2');
    const link = join(v2, 'repositories/app/_manifests/tags/v1/current/link');
    writeFileSync(link, '');
    const refused = await rm(root, 'app:stable');
    expect(refused.code).toBe(13);
    expect(refused.stderr).toContain('kept completely');
    expect(readFileSync(link, 'utf8')).toBe('');
    const taken = expectCode(await rm(root, 'app:v1'), 0);
    expect(taken.json).toMatchObject({ moved: { tag: 1 }, skippedCount: 0 });
    expect(await everything(root)).toEqual(less(before, 'app:v1'));
    const hex = list.manifest.digest.slice(7);
    writeFileSync(join(v2, `blobs/sha256/${hex.slice(0, 2)}/${hex}/data`), '{}');
    expect((await rm(root, 'app:stable')).code).toBe(13);
    expectCode(await rm(root, 'app'), 0);
    expect(await catalog(root)).toEqual(['app/nested', 'other']);
    const kept = new Map([...before].filter(([name]) => !name.startsWith('app:')));
    expect(await everything(root)).toEqual(kept);
  });

  it('refuses on a registry that is Harbor’s or a cache', async () => {
    const { root } = await world('foreign');
    const config = join(root, 'config.yml');
    const storage = `storage: { filesystem: { rootdirectory: ${root} } }\n`;
    const run = (...args: string[]): Promise<CliResult> =>
      regsweep([...args, '--config', config, '--min-age', '0s', '--yes', '--quiet-window', '0s']);
    const show = (...args: string[]): Promise<CliResult> => run(...args, '--dry-run');
    writeFileSync(config, `${storage}auth: { token: { issuer: harbor-token-issuer } }\n`);
    expect((await run('rm', 'app')).code).toBe(13);
    expect((await run('sweep', '-m')).code).toBe(13);
    expectCode(await show('sweep'), 0);
    expect((await show('sweep', '-m')).stderr).toContain(
      'warning: a run would be refused now: this',
    );
    writeFileSync(config, `${storage}proxy: { remoteurl: https://registry-1.docker.io }\n`);
    expect((await run('sweep')).code).toBe(13);
  });

  it(
    'one platform leaves by the line that is told, pasted for Podman',
    needs('podman'),
    async () => {
      const { root, list } = await world('platform');
      const [dropped, kept] = list.children.map(({ manifest }) => manifest.digest);
      const { stderr } = expectCode(await rm(root, `app@${dropped}`), 64);
      expect(stderr).toContain('clients that pull this platform would get 404');
      const line = /or the same with Podman: (.*)/.exec(stderr)![1]!;
      await withRegistry(root, async ({ url }) => {
        const host = new URL(url).host;
        const folder = await tempFolder();
        const conf = join(folder, 'registries.conf');
        writeFileSync(conf, `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
        const storage = ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')];
        const podman = ['podman', ...storage, '--storage-driver', 'vfs'].join(' ');
        const pasted = line.replaceAll('REGISTRY', host).replaceAll('podman', podman);
        const env = { ...process.env, CONTAINERS_REGISTRIES_CONF: conf };
        execFileSync('sh', ['-c', pasted], { env, stdio: 'pipe' });
      });
      expectCode(await sweep(root, '-m'), 0);
      const left = await everything(root);
      expect(left.has('app:multi')).toBe(true);
      await serve(root, async (client) => {
        expect(await client.getManifest('app', kept!)).toBeDefined();
        expect(await client.getManifest('app', dropped!)).toBeUndefined();
      });
    },
  );
});
