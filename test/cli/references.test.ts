/** Images as people write them, and digests that were cut short, on the tree of the documentation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readReference, withoutHost } from '../../src/app/select/reference.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { tempFolder } from '../harness/temp.js';

const ROOT = fileURLToPath(new URL('../../test-fixtures/registry-tree', import.meta.url));
const link = (path: string): string =>
  readFileSync(join(ROOT, 'docker/registry/v2/repositories', path), 'utf8');
const V1 = link('shop/web/_manifests/tags/v1/current/link');

describe('what is written', () => {
  it.each<[string, unknown]>([
    ['app', { repository: 'app' }],
    ['team/app:v1', { repository: 'team/app', tag: 'v1' }],
    ['reg:5000/team/app', { repository: 'reg:5000/team/app' }],
    ['reg:5000/team/app:v1', { repository: 'reg:5000/team/app', tag: 'v1' }],
    ['docker://reg/app:v1', { repository: 'reg/app', tag: 'v1' }],
    [`docker-pullable://reg/app@${V1}`, { repository: 'reg/app', digest: V1 }],
    ['app:v1@sha256:abc', { repository: 'app', tag: 'v1', digest: 'sha256:abc' }],
    ['sha256:65fa6527ba3e', { digest: 'sha256:65fa6527ba3e' }],
    ['65fa6527ba3e', { digest: '65fa6527ba3e' }],
    ['reg:5000/app:[[:digit:]]*', { repository: 'reg:5000/app', tag: '[[:digit:]]*' }],
    ['app:/^pr-/', { repository: 'app', tag: '/^pr-/' }],
    ['reg:5000/ci/*:/^pr-/i', { repository: 'reg:5000/ci/*', tag: '/^pr-/i' }],
    ['/^ci/.*/:/^pr-/', { repository: '/^ci/.*/', tag: '/^pr-/' }],
    ['/^ci/.*/:pr-*', { repository: '/^ci/.*/', tag: 'pr-*' }],
  ])('%s', (text, expected) => {
    expect(readReference(text)).toEqual(expected);
  });

  it.each(['', ':v1', 'app:', 'app@', 'app@v1', '@sha256:ab', '/app'])('%j is refused', (text) => {
    expect(() => readReference(text)).toThrow();
  });

  it('a host is dropped where the tree has no such name', () => {
    const isThere = (name: string): boolean => ['app', 'docker.io/app'].includes(name);
    const of = (name: string): string => withoutHost(name, isThere);
    expect(
      ['reg:5000/app', 'localhost/app', 'reg.example.com/app', '10.0.0.1:5000/app'].map(of),
    ).toEqual(['app', 'app', 'app', 'app']);
    expect(['docker.io/app', 'team/app', 'app'].map(of)).toEqual([
      'docker.io/app',
      'team/app',
      'app',
    ]);
  });
});

describe('explain and rm', () => {
  const explain = async (text: string) =>
    regsweep(['explain', text, '--root', ROOT, '--min-age', '0s', '--format', 'json']);

  it.each([
    V1,
    V1.slice(7),
    V1.slice(0, 19),
    V1.slice(7, 19),
    'shop/web:v1',
    'reg.example.com:5000/shop/web:v1',
    `localhost/shop/web@${V1}`,
    `shop/web@${V1.slice(0, 19)}`,
    `docker-pullable://reg:5000/shop/web@${V1}`,
  ])('%s is the same image', async (text) => {
    const { json, code } = await explain(text);
    expect([code, (json as { digest: string }).digest]).toEqual([0, V1]);
  });

  it('--platform lists the platforms of an index, with their layers', async () => {
    const args = ['explain', 'tools/multi:2.4', '--root', ROOT, '--platform'];
    const { json } = await regsweep([...args, '--format', 'json']);
    const { platforms } = json as {
      platforms: {
        platform: string;
        onDisk: boolean;
        bytes: number;
        layers: { bytes: number }[];
      }[];
    };
    expect(platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    for (const { onDisk, bytes, layers } of platforms) {
      expect([onDisk, layers.length > 0, bytes > layers[0]!.bytes]).toEqual([true, true, true]);
    }
    expect((await regsweep(args)).stdout).toMatch(
      /^linux\/arm64: sha256:\S+, .*\n {2}layer sha256:/m,
    );
  });

  it('--platform lists those of an index in an index, and a loop once', async () => {
    const tree = new TreeBuilder(join(await tempFolder(), 'root'));
    const image = tree.manifest('app', {
      schemaVersion: 2,
      config: { digest: tree.layer('app', '{}') },
      layers: [{ digest: tree.layer('app', 'layer'), size: 5 }],
    });
    const platform = { os: 'linux', architecture: 's390x' };
    const inner = tree.manifest('app', { manifests: [{ digest: image, platform }] });
    tree.manifest('app', { manifests: [{ digest: inner }, { digest: inner }] }, 'v1');
    const args = ['explain', 'app:v1', '--root', tree.root, '--platform', '--json'];
    const { json } = await regsweep(args);
    expect(json).toMatchObject({
      platforms: [{ platform: 'linux/s390x', digest: image, layers: [{ bytes: 5 }] }],
    });
  });

  it('several candidates are listed, and "not in the tree" is only said where it is true', async () => {
    const several = await explain('sha256:b');
    expect([several.code, several.stderr.match(/\n {2}sha256:b/g)?.length]).toEqual([64, 8]);
    expect((await explain('sha256:ffffff')).stderr).toContain(
      'no digest in the tree begins with "sha256:ffffff"',
    );
    expect((await explain('shop/web:v99')).stderr).toContain('shop/web has no tag "v99"');
    const unknown = `shop/web@sha256:${'0'.repeat(64)}`;
    expect((await explain(unknown)).stderr).toContain('the tree has no such digest');
    expect((await explain('nosuch')).stderr).toContain('nosuch is not in the tree');
  });

  const rm = async (text: string, ...more: string[]) =>
    regsweep([
      'rm',
      text,
      '--root',
      ROOT,
      '--dry-run',
      '--min-age',
      '0s',
      '--max-delete',
      '100%',
      ...more,
    ]);

  it('rm takes them too, but no image of another registry, nor a pattern that inverts', async () => {
    const removed = async (text: string): Promise<string> => {
      const { json, stderr } = await rm(text, '--format', 'json');
      const { run: _, targets: __, ...rest } = (json ?? { stderr }) as Record<string, unknown>;
      return JSON.stringify(rest).replace(/named: [^"]*/g, 'named');
    };
    const all = await Promise.all(
      ['shop/web:v1', 'reg:5000/shop/web:v1', 'shop/w*:/^v1$/', 'shop/web:[!l]1'].map(removed),
    );
    expect(all[0]).toContain('"v1"');
    expect(new Set(all).size).toBe(1);
    expect((await rm('ghcr.io/shop/web:v1')).stderr).toContain(
      'belongs to another registry: ghcr.io',
    );
    expect((await rm(V1.slice(7, 19))).stderr).toContain('is a digest without a repository');
    const regular = await rm('shop/web:^v1');
    expect([regular.code, regular.stderr]).toEqual([64, expect.stringContaining('"/^v1/"')]);
  });
});
