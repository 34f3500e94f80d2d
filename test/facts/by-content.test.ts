/** References that neither a link nor a field in the registry's own hash tells of. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { algorithmOf, hexOf } from '../../src/storage/digest.js';
import { revisionPath } from '../../src/storage/layout.js';
import { descriptorOf, gone, outcome, Store, smallImage } from './helpers.js';

it('keeps the signatures of a schema 1 revision, tagged or merely there', async () => {
  const store = new Store();
  const layer = store.layer('old', 'a layer');
  const manifest = store.manifest(
    'old',
    { schemaVersion: 1, name: 'old', tag: 'v1', fsLayers: [{ blobSum: layer }], history: [] },
    'v1',
  );
  const kept = store.blob('a signature');
  const lost = store.blob('a signature of nothing');
  const folder = `${revisionPath('old', manifest)}/signatures/${algorithmOf(kept)}`;
  store.link(`${folder}/${hexOf(kept)}`, kept);
  for (const deleteUntagged of [false, true]) {
    expect(gone(await outcome(store, { deleteUntagged }))).toEqual([lost]);
  }
});

it('keeps an untagged referrer that names its subject by sha512', async () => {
  const store = new Store();
  const subject = smallImage(store, 'app', 'v1', ['v1']);
  const bytes = store.mem.readFileSync(
    `${store.v2}/blobs/sha256/${hexOf(subject.manifest).slice(0, 2)}/${hexOf(subject.manifest)}/data`,
  ) as Buffer;
  const sha512 = `sha512:${createHash('sha512').update(bytes).digest('hex')}`;
  const other = `sha512:${createHash('sha512').update('another').digest('hex')}`;
  const sbom = smallImage(store, 'app', 'sbom', [], { subject: descriptorOf(sha512) });
  const stray = smallImage(store, 'app', 'sbom of another', [], { subject: descriptorOf(other) });
  const blobs = gone(await outcome(store, { deleteUntagged: true }));
  expect(blobs).toContain(stray.manifest);
  expect(blobs).not.toContain(sbom.manifest);
});
