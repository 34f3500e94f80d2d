/** Images of which a repository lacks a link to a config or a layer. */
import { expect, it } from 'vitest';
import { noteUnlinked } from '../../src/app/scan/missing-link-findings.js';
import { parseDigest } from '../../src/storage/digest.js';
import { layerPath, linkOf } from '../../src/storage/layout.js';
import { Store } from '../facts/helpers.js';
import * as images from '../harness/images.js';
import { Random } from '../harness/random.js';

const random = new Random('unlinked');

async function unlinkedIn(store: Store): Promise<string[]> {
  const facts = await store.facts({ depth: 'deep' });
  noteUnlinked(facts);
  return facts.findings.samples('missing-layer-link').map(({ path }) => path);
}

/** The image pushed to `app` and `other`, less one link in `app`. */
function without(image: images.Image, digest: string): [Store, string] {
  const store = new Store();
  store.push('other', image, 'v1');
  store.push('app', image, 'v1');
  const path = layerPath('app', parseDigest(digest)!);
  store.mem.rmSync(`${store.v2}/${linkOf(path)}`);
  return [store, path];
}

const kinds: [string, images.Image, images.Blob][] = [
  ['a layer', images.dockerImage(random)],
  ['an OCI layer', images.ociImage(random)],
  ['a schema 1 layer', images.schema1Image(random, 'app', 'v1')],
  ['a layer of a child', images.manifestList([images.dockerImage(random)])],
  ['a layer named as sha512', images.sha512Image(random)],
].map(([what, image]) => {
  const { blobs, children } = image as images.Image;
  return [what as string, image as images.Image, (blobs[0] ?? children[0]!.blobs[0])!];
});

it.each(kinds)('finds %s that is linked elsewhere only', async (_, image, blob) => {
  const [store, path] = without(image, blob.digest);
  expect(await unlinkedIn(store)).toEqual([path]);
});

it('finds nothing in whole images of all kinds', async () => {
  const store = new Store();
  const all = [...kinds.map(([, image]) => image), images.buildkitCache(random)];
  for (const [i, image] of all.entries()) store.push(`app-${i}`, image, 'v1');
  expect(await unlinkedIn(store)).toEqual([]);
});

it('asks for no link to what another host serves, or what no field of a manifest names', async () => {
  const store = new Store();
  const [elsewhere, remark] = ['a foreign layer', 'something else'].map((text) =>
    store.layer('other', text),
  );
  const config = store.layer('app', '{"architecture":"amd64"}');
  const descriptor = (digest: string, mediaType: string) => ({ mediaType, size: 1, digest });
  const urls = ['https://example.invalid/layer'];
  const layers = [{ ...descriptor(elsewhere!, images.MEDIA.dockerForeign), urls }];
  store.manifest(
    'app',
    {
      schemaVersion: 2,
      mediaType: images.MEDIA.dockerManifest,
      config: descriptor(config, images.MEDIA.dockerConfig),
      layers,
      'x-remark': remark,
    },
    'v1',
  );
  expect(await unlinkedIn(store)).toEqual([]);
});
