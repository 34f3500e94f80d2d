/** `explain`: what removing something frees is what `rm` would free, and what `analyze` shows. */
import { mkdtempSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { removeTemp } from '../harness/temp.js';

const folder = mkdtempSync(join(tmpdir(), 'regsweep-explain-'));
afterAll(() => removeTemp(folder));

const random = new Random('explain');
const tree = new TreeBuilder(join(folder, 'root')).at(Date.UTC(2024, 0, 1));
const list = images.manifestList([images.dockerImage(random), images.dockerImage(random)]);
const untagged = images.dockerImage(random);
tree.push('app', list, 'multi');
tree.push('app', images.dockerImage(random), 'v1');
tree.push('app', untagged);
const { root } = tree;
const AT = ['--root', root, '--min-age', '0s', '--age-by', 'mtime', '--format', 'json'];
const json = async (...args: string[]): Promise<unknown> => (await regsweep([...args, ...AT])).json;

it('tells of a tag what rm frees and analyze shows', async () => {
  const explained = (await json('explain', 'app:multi')) as { state: string; frees: object };
  const { frees } = (await json('rm', 'app:multi', '--dry-run')) as {
    frees: { blobs: number; bytes: number; diskBytes: number };
  };
  const { tags } = (await json('analyze', '--tags')) as {
    tags: { tag: string; uniqueBytes: number }[];
  };
  expect(explained).toMatchObject({
    state: 'live',
    frees: { blobs: frees.blobs, bytes: frees.bytes },
  });
  expect(frees.blobs).toBe(9);
  expect(tags.find(({ tag }) => tag === 'multi')?.uniqueBytes).toBe(frees.bytes);
});

it('tells of garbage what sweeping it frees, and which garbage refers to it', async () => {
  const { manifest, blobs } = untagged;
  const bytes = [manifest, ...blobs].reduce((sum, one) => sum + one.bytes.length, 0);
  expect(await json('explain', manifest.digest, '-m')).toMatchObject({
    state: 'garbage',
    frees: { blobs: 1 + blobs.length, bytes },
  });
  const layer = blobs.at(-1)!;
  expect(await json('explain', layer.digest, '-m')).toMatchObject({
    state: 'garbage',
    chain: [],
    referredToBy: [manifest.digest],
    frees: { blobs: 1, bytes: layer.bytes.length },
  });
  expect(await json('explain', `app@${manifest.digest}`)).toMatchObject({
    state: 'live',
    frees: { blobs: 1 + blobs.length, bytes },
  });
});

it('shows all tags of a repository alike, and what leads from a root further in', async () => {
  const table = async (what: string): Promise<string[]> => {
    const { stdout } = await regsweep([
      'explain',
      what,
      '-m',
      '--root',
      root,
      '--min-age',
      '0s',
      '--age-by',
      'mtime',
    ]);
    return stdout.split('\n').filter((line) => line.startsWith(' '));
  };
  expect(await table('app')).toEqual(['  tag app:multi', '  tag app:v1']);
  const [image] = list.children;
  const layer = image!.blobs.at(-1)!.digest;
  expect(await table(layer)).toEqual([
    `  tag app:multi ${list.manifest.digest}`,
    `    refers to ${image!.manifest.digest}`,
    `      refers to ${layer}`,
    '  app:multi',
  ]);
});

it('carries names that are no UTF-8 as bytes too', async () => {
  const raw = new TreeBuilder(join(folder, 'raw')).at(Date.UTC(2024, 0, 1));
  const image = images.dockerImage(random);
  raw.push('app', image, 'xy');
  raw.push('app', images.dockerImage(random));
  const repositories = join(raw.root, 'docker/registry/v2/repositories');
  const rename = (from: string, to: string): void =>
    renameSync(
      `${repositories}/${from}`,
      Buffer.concat([Buffer.from(`${repositories}/`), Buffer.from(to, 'latin1')]),
    );
  rename('app/_manifests/tags/xy', 'app/_manifests/tags/x\xff');
  rename('app', 'ap\xff');
  const at = ['--root', raw.root, '--min-age', '0s', '--age-by', 'mtime', '--format', 'json'];
  const { json: explained, stdout } = await regsweep(['explain', image.manifest.digest, ...at]);
  const base64 = (path: string): string => Buffer.from(path, 'latin1').toString('base64');
  const tag = base64('repositories/ap\xff/_manifests/tags/x\xff');
  expect(explained).toMatchObject({
    chain: [{ kind: 'tag', repository: 'ap\\xff', tag: 'x\\xff', pathBase64: tag }],
    linkedIn: [
      { repository: 'ap\\xff', as: 'tag x\\xff', pathBase64: tag },
      { repository: 'ap\\xff', as: 'revision', pathBase64: base64('ap\xff') },
    ],
  });
  const planned = await regsweep(['plan', '-m', ...at]);
  expect(planned.stdout).toContain('"repository":"ap\\\\xff"');
  expect(`${stdout}${planned.stdout}`).not.toMatch(/\\ud[c-f]/i);
});

it('tells how one platform of an index is dropped, since rm can’t', async () => {
  const [dropped, kept] = list.children.map(({ manifest }) => manifest.digest);
  const { code, stderr } = await regsweep(['rm', `app@${dropped}`, '--dry-run', ...AT]);
  expect(code).toBe(64);
  expect(stderr).toContain(`it is part of ${list.manifest.digest} (multi), which is kept: clients`);
  expect(stderr).toContain(
    `docker buildx imagetools create -t REGISTRY/app:multi REGISTRY/app@${kept}\n`,
  );
  expect(stderr).toContain(
    `podman manifest remove new ${dropped} && podman manifest push --all new`,
  );
});
