/** Errors for scripts, exits that tell slips apart, and paths that are nearly right. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { regsweep } from '../harness/in-process.js';
import { makeTemp } from '../harness/temp.js';

let root = '';
beforeAll(async () => {
  root = copyFixture(join(await makeTemp(), 'registry'));
});

describe('an error', () => {
  it.each([['--json'], ['--format', 'json'], ['--format=ndjson']])(
    'is JSON on stdout with %s %s, and text on stderr',
    async (...flags) => {
      const { code, json, stderr } = await regsweep(['analyze', '/nowhere', ...flags]);
      expect([code, json]).toEqual([
        10,
        {
          error: {
            code: 'not-a-registry',
            message: expect.stringContaining('/nowhere is not a registry'),
            path: '/nowhere',
            remedy: expect.stringContaining('docker/registry/v2'),
          },
        },
      ]);
      expect(stderr).toMatch(/^regsweep: \/nowhere is not a registry/);
    },
  );

  it('of usage is JSON too, and none without being asked for', async () => {
    const usage = await regsweep(['analyze', '--min-agee', '1h', '--json']);
    expect([usage.code, usage.json]).toMatchObject([64, { error: { code: 'usage' } }]);
    const plain = await regsweep(['analyze', '/nowhere']);
    expect(plain.stdout).toBe('');
  });
});

describe('a path that is nearly right', () => {
  it.each(['docker', 'docker/registry', 'docker/registry/v2', 'docker/registry/v2/'])(
    '%s means the root above it',
    async (path) => {
      const { code, json } = await regsweep(['analyze', join(root, path), '--json']);
      expect([code, json]).toMatchObject([0, { root }]);
    },
  );

  it.each(['docker/registry/v2/blobs', 'docker/registry/v2/repositories/shop'])(
    '%s is told which root was meant',
    async (path) => {
      const { code, stderr } = await regsweep(['analyze', join(root, path)]);
      expect([code, stderr]).toEqual([10, expect.stringContaining(`did you mean ${root}?`)]);
    },
  );
});

describe('--repo', () => {
  it('with a glob that matches nothing ends with 3, and says so', async () => {
    const { code, stderr } = await regsweep(['analyze', root, '--repo', 'shp/*', '--quiet']);
    expect([code, stderr]).toEqual([3, 'regsweep: --repo shp/* matches no repository\n']);
  });

  it('that matches ends with 0', async () => {
    expect((await regsweep(['analyze', root, '--repo', 'shop/*'])).code).toBe(0);
  });
});

describe('ls and du', () => {
  it('list repositories, the tags of one, and namespaces', async () => {
    const all = (await regsweep(['ls', root, '--json'])).json as { repositories: unknown[] };
    expect(all.repositories).toHaveLength(8);
    const one = await regsweep(['ls', 'shop/web', root, '--json']);
    expect(one.json).toMatchObject({ repositories: [{ name: 'shop/web' }], tags: { length: 5 } });
    const near = await regsweep(['ls', 'shop/wbe', root]);
    expect([near.code, near.stderr]).toEqual([
      64,
      expect.stringContaining('did you mean shop/web?'),
    ]);
    const { namespaces } = (await regsweep(['du', root, '--json'])).json as {
      namespaces: { name: string; bytes: number; repositories: number }[];
    };
    const named = Object.fromEntries(namespaces.map((row) => [row.name, row]));
    expect(named['']).toMatchObject({ repositories: 8 });
    expect(named.shop).toMatchObject({ repositories: 3 });
    // Both share their base: the namespace holds it once.
    expect(named.shop!.bytes).toBeLessThan(named['shop/api']!.bytes + named['shop/web']!.bytes);
  });
});
