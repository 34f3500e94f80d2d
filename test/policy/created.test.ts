/** Creation times from configurations: read, checked, and unknown rather than wrong. */
import { createFsFromVolume, Volume } from 'memfs';
import { expect, it } from 'vitest';
import { creationTimes } from '../../src/facts/creation-times.js';
import { DiskReader, type SyncFs } from '../../src/storage/disk-reader.js';
import * as layout from '../../src/storage/layout.js';
import { imageJson, indexJson, memTree, Store } from '../facts/helpers.js';

const seconds = (text: string): number => Date.parse(text) / 1000;

function image(store: Store, name: string, created?: string): string {
  const config = store.layer('app', JSON.stringify({ architecture: name, created }));
  return store.manifest('app', imageJson(config, [store.layer('app', name)]), name);
}

it('takes an image’s own, and of an index the newest of those that are told', async () => {
  const mem = createFsFromVolume(new Volume());
  const store = new Store(mem);
  const early = image(store, 'early', '2020-01-02T03:04:05.123456789Z');
  const late = image(store, 'late', '2024-05-06T07:08:09+02:00');
  const attestation = image(store, 'attestation');
  const odd = image(store, 'odd', 'yesterday');
  const zero = image(store, 'zero', '0001-01-01T00:00:00Z');
  const index = store.manifest('app', indexJson([early, late, attestation]), 'index');
  const nested = store.manifest('app', indexJson([index]), 'nested');
  const silent = store.manifest('app', indexJson([attestation]), 'silent');
  const config = store.layer('app', '{"created":"2021-01-01T00:00:00Z"}');
  const broken = store.manifest('app', imageJson(config, []), 'broken');
  const lost = store.manifest('app', indexJson([early, broken]), 'lost');
  const facts = await store.facts();
  store.file(layout.blobDataPath(config), '{"created":"2019-01-01T00:00:00Z"}');
  const timeOf = creationTimes(facts, new DiskReader(memTree.v2, mem as unknown as SyncFs));
  expect(
    [early, late, attestation, odd, zero, index, nested, silent, broken, lost].map(timeOf),
  ).toEqual([
    seconds('2020-01-02T03:04:06Z'),
    seconds('2024-05-06T05:08:09Z'),
    undefined,
    undefined,
    undefined,
    seconds('2024-05-06T05:08:09Z'),
    seconds('2024-05-06T05:08:09Z'),
    undefined,
    undefined,
    undefined,
  ]);
  expect(timeOf(`sha256:${'0'.repeat(64)}`)).toBeUndefined();
});
