/** Sweeping a real registry's store: what was served before is served after, bit for bit. */
import { describe, expect, it } from 'vitest';
import type { RegistryClient } from '../harness/client.js';
import * as images from '../harness/images.js';
import { oracle } from '../harness/oracle.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { everything, expectCode, serve, storeWith, sweep } from './world.js';

interface Pushed {
  readonly deleted: images.Image;
  readonly untagged: images.Image;
}

/** Every kind of image, tagged; one deleted by the API, one only ever pushed by digest. */
async function fill(client: RegistryClient, random: Random): Promise<Pushed> {
  const base = images.dockerImage(random);
  const signature = images.cosignSignature(random, base);
  const tagged: [string, images.Image][] = [
    ['base', base],
    [signature.tag, signature.image],
    ['list', images.manifestList([images.dockerImage(random), images.dockerImage(random)])],
    ['nested', images.ociIndex([images.ociIndex([images.ociImage(random)])])],
    ['foreign', images.foreignImage(random)],
    ['cache', images.buildkitCache(random)],
    ['sha512', images.sha512Image(random)],
    ['schema1', images.schema1Image(random, 'team/app', 'schema1')],
  ];
  for (const [tag, image] of tagged) await client.push('team/app', image, tag);
  await client.push('team/app', images.referrer(random, base));
  const deleted = images.dockerImage(random, [base.blobs[1]!, images.randomLayer(random)]);
  await client.push('team/app', deleted, 'gone');
  await client.deleteManifest('team/app', deleted.manifest.digest);
  const untagged = images.ociImage(random);
  await client.push('team/app', untagged);
  await client.uploadBlob('team/scratch', random.bytes(2000));
  return { deleted, untagged };
}

const digests = (image: images.Image): string[] =>
  [image.manifest, ...image.blobs].map(({ digest }) => digest);

describe('sweep', needs('registry', 'guard'), () => {
  it.each([
    ['plain', [], false],
    ['--delete-untagged', ['--delete-untagged'], true],
  ])(
    '%s: all tags are pulled as before, and what went can be pushed again',
    async (_, flags, untagged) => {
      const random = new Random(`sweep ${untagged}`);
      let pushed: Pushed | undefined;
      const root = await storeWith(async (client) => {
        pushed = await fill(client, random);
      });
      const before = await everything(root);
      const expected = oracle(root, untagged);
      const result = expectCode(await sweep(root, ...flags), 0);
      expect(result.json).toMatchObject({
        state: 'done',
        quarantine: true,
        guard: 'stopped',
        moved: { blob: expected.garbage.length },
        skippedCount: 0,
      });
      const left = oracle(root, untagged);
      expect(left).toEqual({ live: expected.live, garbage: [], expired: [] });
      expect(await everything(root)).toEqual(before);
      const again = untagged ? pushed!.untagged : pushed!.deleted;
      const pulled = await serve(root, async (client) => {
        await client.push('team/app', again, 'again');
        return client.pullAll('team/app', 'again');
      });
      const absent = [...pulled].filter(([, content]) => content === undefined);
      expect(absent).toEqual([]);
      expect([...pulled.keys()].filter((key) => key !== 'again').sort()).toEqual(
        digests(again).slice(1).sort(),
      );
    },
  );

  it('run twice, has nothing to do the second time', async () => {
    const root = await storeWith(async (client) => {
      await fill(client, new Random('twice'));
    });
    expectCode(await sweep(root, '-m'), 0);
    const once = await everything(root);
    const second = expectCode(await sweep(root, '-m'), 0);
    expect(second.json).toMatchObject({ moved: {}, bytes: 0, skippedCount: 0 });
    expect(await everything(root)).toEqual(once);
  });

  it('--dry-run changes nothing', async () => {
    const root = await storeWith(async (client) => {
      await fill(client, new Random('dry'));
    });
    const before = oracle(root, true);
    expect(before.garbage.length).toBeGreaterThan(0);
    expectCode(await sweep(root, '-m', '--dry-run'), 0);
    expect(oracle(root, true)).toEqual(before);
  });

  it('leaves what is younger than --min-age', async () => {
    const root = await storeWith(async (client) => {
      await fill(client, new Random('young'));
    });
    const before = oracle(root);
    expectCode(await sweep(root, '--min-age', '1h'), 0);
    expect(oracle(root)).toEqual(before);
  });
});
