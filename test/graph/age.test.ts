/** What is younger than --min-age is a root: each clock, on both sides of the border. */
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import {
  DAY,
  factsOf,
  faulty,
  gone,
  NOW,
  OLD,
  outcome,
  pathsOf,
  planOf,
  Store,
  smallImage,
} from '../facts/helpers.js';

const BORDER = NOW - DAY;
/** Second and whether what has this time goes. */
const TIMES: [name: string, seconds: number, goes: boolean][] = [
  ['at the border', BORDER, true],
  ['a moment younger', BORDER + 0.001, false],
  ['a second younger', BORDER + 1, false],
  ['now', NOW, false],
  ['in the future', NOW + 10 * 365 * DAY, false],
  ['in 2200, beyond 32 bits', 7_258_118_400, false],
  ['at the epoch', 0, true],
  ['before the epoch', -DAY, true],
];

function withGarbage(): { store: Store; garbage: Digest } {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  return { store, garbage: store.blob('garbage') };
}

describe.each(TIMES)('%s', (_, seconds, goes) => {
  const expected = (digest: Digest): Digest[] => (goes ? [digest] : []);

  it('a blob’s mtime', async () => {
    const { store, garbage } = withGarbage();
    store.touch(layout.blobDataPath(garbage), seconds);
    expect(gone(await outcome(store))).toEqual(expected(garbage));
  });

  it('a layer link’s mtime', async () => {
    const { store, garbage } = withGarbage();
    store.at(seconds * 1000).layerLink('other', garbage);
    expect(gone(await outcome(store))).toEqual(expected(garbage));
  });

  it('a blob’s ctime counts, unless it is left out', async () => {
    const { store, garbage } = withGarbage();
    const where = new RegExp(`${garbage.slice(7)}/data$`);
    const fs = faulty(store.mem, 'lstatSync', where, (real) =>
      Object.assign(real() as object, { ctimeMs: seconds * 1000 }),
    );
    expect(gone(planOf(await factsOf(fs)))).toEqual(expected(garbage));
    expect(gone(planOf(await factsOf(fs, { ageBy: 'mtime' })))).toEqual([garbage]);
  });

  it('a revision’s link, untagged', async () => {
    const store = new Store();
    smallImage(store, 'app', 'tagged', ['v1']);
    const { manifest, all } = smallImage(store, 'app', 'untagged');
    store.touch(layout.linkOf(layout.revisionPath('app', manifest)), seconds);
    const result = await outcome(store, { deleteUntagged: true });
    expect(gone(result)).toEqual(goes ? [...all].sort() : []);
  });

  it('the current link of a tag whose history names it: since then it is untagged', async () => {
    const store = new Store();
    const before = smallImage(store, 'app', 'before', ['v1']);
    smallImage(store, 'app', 'after', ['v1']);
    store.touch(layout.linkOf(layout.tagCurrentPath('app', 'v1')), seconds);
    const result = await outcome(store, { deleteUntagged: true });
    expect(gone(result)).toEqual(goes ? [...before.all].sort() : []);
    expect(pathsOf(result, 'tag-history')).toEqual(
      goes ? [layout.tagHistoryPath('app', 'v1', before.manifest)] : [],
    );
  });

  it('an upload’s newest file', async () => {
    const { store } = withGarbage();
    store.at(OLD * 1000).upload('app', 'id', 'data');
    store.at(seconds * 1000).file('repositories/app/_uploads/id/hashstates/sha256/0', 'x');
    expect(pathsOf(await outcome(store), 'upload')).toEqual(
      goes ? ['repositories/app/_uploads/id'] : [],
    );
  });

  it('a dangling layer link', async () => {
    const { store } = withGarbage();
    const lost = `sha256:${'ab'.repeat(32)}` as Digest;
    store.at(seconds * 1000).layerLink('app', lost);
    expect(pathsOf(await outcome(store), 'layer-link')).toEqual(
      goes ? [layout.layerPath('app', lost)] : [],
    );
  });

  it('a dead repository’s newest layer link or upload', async () => {
    for (const kind of ['layer', 'upload'] as const) {
      const { store } = withGarbage();
      store.at(seconds * 1000);
      if (kind === 'layer') store.layerLink('dead', `sha256:${'ab'.repeat(32)}` as Digest);
      else store.upload('dead', 'id', 'x');
      expect(pathsOf(await outcome(store), 'repository')).toEqual(
        goes ? ['repositories/dead'] : [],
      );
    }
  });
});

it('an unknown time is young', async () => {
  const { store } = withGarbage();
  const fs = faulty(store.mem, 'lstatSync', /data$/, (real) =>
    Object.assign(real() as object, { mtimeMs: Number.NaN }),
  );
  expect(gone(planOf(await factsOf(fs)))).toEqual([]);
});

it('a young manifest that nothing links keeps what it refers to, however old', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const [config, layer] = [store.layer('app', 'old config'), store.layer('app', 'old layer')];
  const manifest = store
    .at(NOW * 1000)
    .blob(JSON.stringify({ config: { digest: config }, layers: [{ digest: layer }] }));
  expect(gone(await outcome(store))).toEqual([]);
  store.touch(layout.blobDataPath(manifest), OLD);
  expect(gone(await outcome(store))).toEqual([config, layer, manifest].sort());
});

it('so does one that only a layer link knows, and what it lacks is no finding', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const layer = store.layer('app', 'old layer');
  const lacking = `sha256:${'0'.repeat(64)}`;
  const json = JSON.stringify({ layers: [{ digest: layer }, { digest: lacking }] });
  const manifest = store.at(NOW * 1000).layer('app', json);
  const young = await outcome(store);
  expect(gone(young)).toEqual([]);
  expect(young.facts.findings.codes()).toEqual([]);
  store.touch(layout.blobDataPath(manifest), OLD);
  store.touch(layout.linkOf(layout.layerPath('app', manifest)), OLD);
  expect(gone(await outcome(store))).toEqual([layer, manifest].sort());
});

it('a minimum age of nothing spares only the future', async () => {
  const { store, garbage } = withGarbage();
  store.touch(layout.blobDataPath(garbage), NOW);
  expect(gone(await outcome(store, { minAge: 0 }))).toEqual([garbage]);
  store.touch(layout.blobDataPath(garbage), NOW + 1);
  expect(gone(await outcome(store, { minAge: 0 }))).toEqual([]);
});
