import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RegistryClient, skopeoPull, skopeoPush } from '../harness/client.js';
import * as images from '../harness/images.js';
import { writeOciLayout } from '../harness/oci-layout.js';
import { Random } from '../harness/random.js';
import { collectGarbage, withRegistry } from '../harness/registry.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

describe('the real registry', needs('registry'), () => {
  it('takes every kind of image that the tests build, and gives it back whole', async () => {
    const root = await tempFolder();
    const random = new Random('harness');
    await withRegistry(root, async ({ url }) => {
      const client = new RegistryClient(url);
      const base = images.dockerImage(random);
      const nested = images.ociIndex([images.ociIndex([images.ociImage(random)])]);
      const kinds: Record<string, images.Image> = {
        docker: base,
        list: images.manifestList([images.dockerImage(random), images.dockerImage(random)]),
        oci: images.ociImage(random),
        nested,
        empty: images.ociIndex([]),
        referrer: images.referrer(random, base),
        cosign: images.cosignSignature(random, base).image,
        foreign: images.foreignImage(random),
        cache: images.buildkitCache(random),
        sha512: images.sha512Image(random),
        schema1: images.schema1Image(random, 'all/kinds', 'schema1'),
      };
      for (const [tag, image] of Object.entries(kinds)) await client.push('all/kinds', image, tag);
      const absent: string[] = [];
      for (const [tag, image] of Object.entries(kinds)) {
        const content = await client.pullAll('all/kinds', tag);
        for (const [digest, pulled] of content) {
          if (pulled === undefined) absent.push(`${tag} ${digest}`);
          else if (digest.startsWith('sha256:')) expect(digest).toBe(`sha256:${pulled.sha256}`);
        }
        const expected = tag === 'schema1' ? undefined : image.manifest.digest;
        if (expected) expect(`sha256:${content.get(tag)?.sha256}`).toBe(expected);
      }
      expect(absent).toEqual([expect.stringMatching(/^foreign sha256:/)]);
    });
  });

  it('names what its own garbage collector would delete', async () => {
    const root = await tempFolder();
    const random = new Random('collector');
    const [kept, deleted] = [images.dockerImage(random), images.dockerImage(random)];
    const untagged = images.dockerImage(random);
    await withRegistry(root, async ({ url }) => {
      const client = new RegistryClient(url);
      await client.push('a/b', kept, 'kept');
      await client.push('a/b', deleted, 'deleted');
      await client.push('a/b', untagged);
      await client.deleteManifest('a/b', deleted.manifest.digest);
    });
    const digests = (image: images.Image): string[] =>
      [image.manifest, ...image.blobs].map((blob) => blob.digest);
    const plain = await collectGarbage(root, { dryRun: true });
    const thorough = await collectGarbage(root, { dryRun: true, deleteUntagged: true });
    expect([plain.blobs, plain.manifests]).toEqual([digests(deleted).sort(), []]);
    expect([thorough.blobs, thorough.manifests]).toEqual([
      [...digests(deleted), ...digests(untagged)].sort(),
      [`a/b@${untagged.manifest.digest}`],
    ]);
  });
});

describe('skopeo', needs('registry', 'skopeo'), () => {
  it('pushes an OCI layout and pulls it back', async () => {
    const folder = await tempFolder();
    const index = images.ociIndex([images.ociImage(new Random('skopeo'))]);
    await writeOciLayout(join(folder, 'layout'), index);
    await withRegistry(join(folder, 'root'), async ({ url, host }) => {
      await skopeoPush(join(folder, 'layout'), host, 'sko/peo:1');
      await skopeoPull(host, 'sko/peo:1', join(folder, 'pulled'));
      const content = await new RegistryClient(url).pullAll('sko/peo', '1');

      expect([...content.values()].every((pulled) => pulled !== undefined)).toBe(true);
      expect(content.size).toBe(5);
    });
  });
});
