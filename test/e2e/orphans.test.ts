/** Signatures whose image was deleted, on a real registry's store. */
import { describe, expect, it } from 'vitest';
import type { CliResult } from '../harness/cli.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { type Everything, everything, expectCode, purge, storeWith, sweep, tidy } from './world.js';

const without = (all: Everything, ...gone: string[]): Everything =>
  new Map([...all].filter(([name]) => !gone.includes(name)));

/** Three signed images: one tagged, one deleted through the API, one that was never here. */
async function signed(seed: string) {
  const random = new Random(seed);
  const kept = images.dockerImage(random);
  const deleted = images.dockerImage(random);
  const elsewhere = images.dockerImage(random);
  const signatures = [kept, deleted, elsewhere].map((one) => images.cosignSignature(random, one));
  const root = await storeWith(async (client) => {
    await client.push('app', kept, 'kept');
    await client.push('app', deleted, 'deleted');
    for (const { tag, image } of signatures) await client.push('app', image, tag);
    await client.deleteManifest('app', deleted.manifest.digest);
  });
  return { root, before: await everything(root), kept, deleted, signatures };
}

describe('--orphan-signatures', needs('registry', 'guard'), () => {
  it('not while their subject may come back from quarantine', async () => {
    const { root, before } = await signed('orphans in quarantine');
    expectCode(await sweep(root, '--skip', 'empty-directory'), 0);
    const result = expectCode(await sweep(root, '--orphan-signatures'), 0);
    expect(result.json).toMatchObject({ moved: { 'empty-directory': expect.any(Number) } });
    expect((result.json as { moved: object }).moved).not.toHaveProperty('tag');
    expect(await everything(root)).toEqual(before);
  });

  it('in the run that takes their subject', async () => {
    const { root, before, deleted, signatures } = await signed('orphans');
    const result = expectCode(await sweep(root, '--orphan-signatures'), 0);
    expect(result.json).toMatchObject({
      removed: [
        { kind: 'tag', tag: signatures[1]!.tag, about: deleted.manifest.digest },
        { kind: 'revision', digest: signatures[1]!.image.manifest.digest },
      ],
    });
    expect(await everything(root)).toEqual(without(before, `app:${signatures[1]!.tag}`));
  });

  /** A signed image that a push to the same tag replaced, and its fallback tag. */
  async function retagged(seed: string) {
    const random = new Random(seed);
    const [old, now] = [images.dockerImage(random), images.dockerImage(random)];
    const signature = images.cosignSignature(random, old);
    const fallback = `sha256-${old.manifest.digest.slice('sha256:'.length)}`;
    const root = await storeWith(async (client) => {
      await client.push('app', old, 'v1');
      await client.push('app', signature.image, signature.tag);
      await client.push('app', images.dockerImage(random), fallback);
      await client.push('app', now, 'v1');
    });
    return { root, before: await everything(root), old, tags: [signature.tag, fallback] };
  }

  const untagged = ['--delete-untagged', '--orphan-signatures'];

  it('in the run that takes the image that lost its tag', async () => {
    const { root, before, tags } = await retagged('retagged');
    expectCode(await sweep(root, ...untagged), 0);
    expect(await everything(root)).toEqual(without(before, ...tags.map((tag) => `app:${tag}`)));
  });

  it('in a later run, once what took the image is purged', async () => {
    const { root, before, tags } = await retagged('remembered');
    const orphans = without(before, ...tags.map((tag) => `app:${tag}`));
    expectCode(await sweep(root, '--delete-untagged'), 0);
    expectCode(await sweep(root, ...untagged), 0);
    expect(await everything(root)).toEqual(before);
    expectCode(await purge(root), 0);
    const checked = await regsweep(['check', root, '--min-age', '0s', '--format', 'json']);
    const { findings } = checked.json as { findings: { code: string; samples: object[] }[] };
    const found = findings.find(({ code }) => code === 'orphaned-signature');
    expect(found?.samples.map((sample) => (sample as { tag: string }).tag)).toEqual(tags.sort());
    expectCode(await sweep(root, ...untagged), 0);
    expect(await everything(root)).toEqual(orphans);
  });

  it('after tidy cleared the traces of the image that the API deleted', async () => {
    const { root, before, signatures } = await signed('tidied');
    expectCode(await tidy(root), 0);
    expectCode(await sweep(root), 0);
    expectCode(await purge(root), 0);
    expect(await everything(root)).toEqual(before);
    expectCode(await sweep(root, '--orphan-signatures'), 0);
    expect(await everything(root)).toEqual(without(before, `app:${signatures[1]!.tag}`));
  });

  it('are shown with their subject by explain', async () => {
    const { root, kept, signatures } = await signed('explain');
    const explain = (what: string): Promise<CliResult> =>
      regsweep(['explain', what, root, '--format', 'json']);
    const { tag } = signatures[0]!;
    expect((await explain(`app:${tag}`)).json).toMatchObject({
      about: { digest: kept.manifest.digest, onDisk: true, tags: ['kept'] },
    });
    expect((await explain('app:kept')).json).toMatchObject({ signedBy: [`app:${tag}`] });
  });
});
