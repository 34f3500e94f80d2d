/** `--backup`: what goes is in an OCI layout first, which skopeo reads. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { loadableImage } from '../harness/loadable.js';
import { run } from '../harness/process.js';
import { Random } from '../harness/random.js';
import { withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { snapshot } from '../harness/snapshot.js';
import { tempFolder } from '../harness/temp.js';
import { everything, expectCode, serve, storeWith } from './world.js';

const FLAGS = ['--yes', '--quiet-window', '200ms', '--min-age', '0s', '--max-delete', '100%'];

async function world() {
  const random = new Random('backup');
  const docker = images.dockerImage(random);
  const oci = images.ociImage(random);
  const list = images.manifestList([images.dockerImage(random), images.dockerImage(random)]);
  const root = await storeWith(async (client) => {
    await client.push('team/app', docker, 'v1');
    await client.push('team/app', oci, 'v2');
    await client.push('team/app', list, 'multi');
    await client.push('team/app', images.ociImage(random), 'stays');
  });
  return { root, docker, oci, list, backup: join(await tempFolder(), 'backup') };
}

const names = (backup: string): string[] =>
  (
    JSON.parse(readFileSync(join(backup, 'index.json'), 'utf8')) as {
      manifests: { annotations: Record<string, string> }[];
    }
  ).manifests.map(({ annotations }) => annotations['org.opencontainers.image.ref.name']!);

/** What skopeo finds in the layout. */
async function inspect(backup: string, name: string): Promise<string> {
  const out = await run('skopeo', ['inspect', '--raw', `oci:${backup}:${name}`]);
  if (out.code !== 0) throw new Error(out.stderr);
  return out.stdout;
}

describe('--backup', needs('registry', 'skopeo', 'guard'), () => {
  it('rm: each tagged image is in the layout before it goes, and skopeo copies it', async () => {
    const { root, docker, oci, list, backup } = await world();
    const dry = expectCode(
      await regsweep([
        'rm',
        'team/app:v1',
        '--root',
        root,
        '--backup',
        backup,
        '--dry-run',
        '--min-age',
        '0s',
      ]),
      0,
    );
    expect(dry.stdout + dry.stderr).toMatch(/--backup .*: 1 tagged image, \S+ \S+ to write/);
    expect(existsSync(backup)).toBe(false);

    const { stdout } = expectCode(
      await regsweep([
        'rm',
        'team/app:v[12]',
        'team/app:multi',
        '--root',
        root,
        '--backup',
        backup,
        ...FLAGS,
      ]),
      0,
    );
    // What was written is no longer to be written.
    expect(stdout).not.toContain('to write');
    expect(names(backup).sort()).toEqual(['team/app:multi', 'team/app:v1', 'team/app:v2']);
    expect([...(await everything(root)).keys()]).toEqual(['team/app:stays']);
    for (const [name, image] of [
      ['v1', docker],
      ['v2', oci],
      ['multi', list],
    ] as const) {
      expect(await inspect(backup, `team/app:${name}`)).toBe(image.manifest.bytes.toString('utf8'));
    }
    const all = [docker, oci, list, ...list.children].flatMap(({ manifest, blobs }) => [
      manifest,
      ...blobs,
    ]);
    for (const { digest, bytes } of all) {
      expect(readFileSync(join(backup, 'blobs', digest.replace(':', '/'))).equals(bytes)).toBe(
        true,
      );
    }
    const copy = join(await tempFolder(), 'copy');
    const args = [
      'copy',
      '--insecure-policy',
      '--all',
      '--format',
      'oci',
      `oci:${backup}:team/app:v2`,
      `dir:${copy}`,
    ];
    expect((await run('skopeo', args)).code).toBe(0);
  });

  it('sweep --policy into a layout of an earlier run: an image of the same name keeps both', async () => {
    const { root, backup } = await world();
    expectCode(
      await regsweep(['rm', 'team/app:v1', '--root', root, '--backup', backup, ...FLAGS]),
      0,
    );
    const policy = join(root, 'policy.yaml');
    writeFileSync(policy, 'version: 1\nrepositories:\n  - { match: ["**"], keepTags: [stays] }\n');
    const args = ['sweep', root, '--policy', policy, '--backup', backup, ...FLAGS];
    expectCode(await regsweep(args), 0);
    expect(names(backup).sort()).toEqual(['team/app:multi', 'team/app:v1', 'team/app:v2']);
    expect([...(await everything(root)).keys()]).toEqual(['team/app:stays']);
  });

  it('an earlier image of the same name keeps its place under its digest', async () => {
    const { root, docker, backup } = await world();
    const rm = ['rm', 'team/app:v1', '--root', root, '--backup', backup, ...FLAGS];
    expectCode(await regsweep(rm), 0);
    const other = images.dockerImage(new Random('another v1'));
    await serve(root, (client) => client.push('team/app', other, 'v1'));
    expectCode(await regsweep(rm), 0);
    const earlier = `team/app:v1-${docker.manifest.digest.slice(7, 19)}`;
    expect(names(backup).sort()).toEqual(['team/app:v1', earlier]);
    const text = ({ manifest }: images.Image) => manifest.bytes.toString('utf8');
    expect(await inspect(backup, 'team/app:v1')).toBe(text(other));
    expect(await inspect(backup, earlier)).toBe(text(docker));
  });

  it('a layer lies there under each name that manifests have for it', async () => {
    const { root, backup } = await world();
    const image = images.sha512Image(new Random('sha512'));
    await serve(root, (client) => client.push('team/app', image, 'sha512'));
    const rm = ['rm', 'team/app:sha512', '--root', root, '--backup', backup, ...FLAGS];
    expectCode(await regsweep(rm), 0);
    const digests = image.blobs.map(({ digest }) => digest);
    expect(digests.some((digest) => digest.startsWith('sha512:'))).toBe(true);
    for (const { digest, bytes } of image.blobs) {
      const copy = readFileSync(join(backup, 'blobs', digest.replace(':', '/')));
      expect(copy.equals(bytes)).toBe(true);
    }
  });

  it('skopeo copies it back to a registry', async () => {
    const { root, backup } = await world();
    const [docker, oci] = [loadableImage('docker'), loadableImage('oci', 'oci')];
    const list = images.manifestList([loadableImage('one'), loadableImage('two')]);
    await serve(root, async (client) => {
      await client.push('own', docker, 'v1');
      await client.push('own', oci, 'v2');
      await client.push('own', list, 'multi');
    });
    const what = ['v1', 'v2', 'multi'].map((tag) => `own:${tag}`);
    expectCode(await regsweep(['rm', ...what, '--root', root, '--backup', backup, ...FLAGS]), 0);
    await withRegistry(root, async ({ url, host }) => {
      const client = new RegistryClient(url);
      for (const name of what) {
        const from = `oci:${backup}:${name}`;
        const args = ['copy', '--insecure-policy', '--all', '--dest-tls-verify=false', from];
        const copied = await run('skopeo', [...args, `docker://${host}/${name}`]);
        expect([name, copied.code, copied.stderr]).toEqual([name, 0, '']);
      }
      for (const [tag, ...parts] of [
        ['v1', docker],
        ['v2', oci],
        ['multi', ...list.children],
      ] as const) {
        const pulled = [...(await client.pullAll('own', tag)).keys()];
        const blobs = parts.flatMap((part) => part.blobs.map(({ digest }) => digest));
        expect(pulled).toEqual(expect.arrayContaining(blobs));
      }
      // By its digest as before: this one is in OCI's format.
      const same = await client.pullAll('own', oci.manifest.digest);
      expect([...same.values()]).not.toContain(undefined);
    });
  });

  it('nothing goes where the backup can’t be made', async () => {
    const { root, docker, backup } = await world();
    const before = await everything(root);
    const rm = (folder: string) =>
      regsweep(['rm', 'team/app:v1', '--root', root, '--backup', folder, ...FLAGS]);
    expectCode(await rm(join(root, 'backup')), 64);
    const other = await tempFolder();
    writeFileSync(join(other, 'mine'), '');
    expect(expectCode(await rm(other), 64).stderr).toContain(
      'the folder is not empty and has no image layout',
    );
    const layer = docker.blobs.at(-1)!.digest;
    const data = join(
      root,
      'docker/registry/v2/blobs/sha256',
      layer.slice(7, 9),
      layer.slice(7),
      'data',
    );
    const sound = readFileSync(data);
    writeFileSync(data, Buffer.concat([sound.subarray(1), Buffer.from('x')]));
    const state = snapshot(join(root, 'docker'));
    const refused = expectCode(await rm(backup), 1);
    expect(refused.stderr).toContain(`${layer} is damaged, so nothing was removed`);
    expect(snapshot(join(root, 'docker'))).toEqual(state);
    expect(existsSync(join(backup, 'index.json'))).toBe(false);
    expect(
      (readdirSync(backup, { recursive: true }) as string[]).some((name) => name.endsWith('.part')),
    ).toBe(false);
    writeFileSync(data, sound);
    expect(await everything(root)).toEqual(before);
  });
});
