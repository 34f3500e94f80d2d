/** References go before what they refer to; dead repositories and empty folders as they should. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/facts/types.js';
import { readUnlinked } from '../../src/facts/unlinked-manifests.js';
import { ACTION_KINDS, type ActionKind } from '../../src/graph/action-kinds.js';
import { explainMark } from '../../src/graph/explain.js';
import { planActions } from '../../src/plan/actions/plan-actions.js';
import { isGarbage } from '../../src/plan/actions/removal-rules.js';
import type { Digest } from '../../src/storage/digest.js';
import { DiskReader, type SyncFs } from '../../src/storage/disk-reader.js';
import * as layout from '../../src/storage/layout.js';
import {
  descriptorOf,
  indexJson,
  NOW,
  outcome,
  pathsOf,
  reading,
  removing,
  Store,
  smallImage,
} from '../facts/helpers.js';

it('kinds in order; indexes before children, referrers before subjects, manifests before layers', async () => {
  const store = new Store();
  smallImage(store, 'app', 'kept', ['kept']);
  const children = ['x', 'y', 'z'].map((name) => smallImage(store, 'app', name).manifest);
  const inner = store.manifest('app', indexJson(children));
  const outer = store.manifest('app', indexJson([inner, children[0]!]), 'gone');
  const referrer = store.manifest('app', { layers: [], subject: descriptorOf(outer) });
  const again = store.manifest('app', { config: {}, subject: descriptorOf(referrer) });
  store.tag('app', 'kept', outer).tag('app', 'kept', smallImage(store, 'app', 'kept').manifest);
  store.upload('app', 'id', 'data').folder(`${layout.tagsPath('app')}/hollow/index`);
  store.folder('repositories/dead/_layers').layer('app', 'loose');
  const removals = removing('app:gone', `app@${outer}`);
  const result = await outcome(store, { deleteUntagged: true, removals });
  const ranks = result.actions.map(({ kind }) => ACTION_KINDS.indexOf(kind));
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect(new Set(ranks).size).toBe(ACTION_KINDS.length);
  for (const kind of ['revision', 'blob'] as const) {
    const order = result.actions.filter((one) => one.kind === kind).map(({ digest }) => digest!);
    const chain = [again, referrer, outer, inner, ...children];
    const places = chain.map((digest) => order.indexOf(digest));
    expect(places).not.toContain(-1);
    expect(places.slice(0, 5)).toEqual([...places.slice(0, 5)].sort((a, b) => a - b));
    for (const place of places.slice(4)) expect(place).toBeGreaterThan(places[3]!);
    if (kind === 'blob') expect(Math.max(...places)).toBe(chain.length - 1);
  }
});

it('what refers to a cycle goes before it, and what the cycle refers to after it', async () => {
  const store = new Store();
  smallImage(store, 'app', 'kept', ['kept']);
  const children = Array.from({ length: 6 }, (_, i) => smallImage(store, 'app', `${i}`).manifest);
  const inner = store.manifest('app', indexJson(children));
  const one = store.manifest('app', indexJson([inner]));
  const other = smallImage(store, 'app', 'other').manifest;
  // A link that names another manifest: whoever needs one of the two needs both.
  store.revision('app', one, other);
  const top = store.manifest('app', indexJson([one]));
  const result = await outcome(store, { deleteUntagged: true });
  const order = pathsOf(result, 'revision');
  const place = (digest: Digest): number => order.indexOf(layout.revisionPath('app', digest));
  expect(order).toHaveLength(10);
  expect(place(top)).toBe(0);
  expect(place(one)).toBe(1);
  expect(place(inner)).toBeGreaterThan(1);
  for (const child of children) expect(place(child)).toBeGreaterThan(place(inner));
});

it('manifests that nothing links go before what they refer to too', async () => {
  const store = new Store();
  const kept = smallImage(store, 'app', 'kept', ['kept']);
  const images = Array.from({ length: 8 }, (_, i) => smallImage(store, 'app', `${i}`));
  const index = store.manifest('app', indexJson(images.map(({ manifest }) => manifest)));
  const referrer = store.manifest('app', { layers: [], subject: descriptorOf(index) });
  const lost = [...images.map(({ manifest }) => manifest), index, referrer];
  for (const digest of lost) {
    store.mem.rmSync(`${store.v2}/${layout.revisionPath('app', digest)}`, { recursive: true });
  }
  const { facts, marks } = await outcome(store);
  const reader = new DiskReader(store.v2, store.mem as unknown as SyncFs);
  const goes = (node: Node): boolean => isGarbage(facts, marks, node);
  const unlinked = await readUnlinked(facts, reading({ reader }), goes);
  const blobs = [...planActions(facts, marks, unlinked)].filter(({ kind }) => kind === 'blob');
  const order = blobs.map(({ digest }) => digest!);
  expect(order.slice(0, 2)).toEqual([referrer, index]);
  expect([...order].sort()).toEqual(
    [...lost, ...images.flatMap(({ config, layer }) => [config, layer])].sort(),
  );
  expect(order).not.toContain(kept.manifest);
  for (const { manifest, config, layer } of images) {
    for (const part of [config, layer]) {
      expect(order.indexOf(manifest)).toBeLessThan(order.indexOf(part));
    }
  }
});

it('empty folders: none before what lies in it, whatever the names', async () => {
  const name = fc.string({ unit: fc.constantFrom('a', '-', '.', '0', '_'), minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { maxLength: 8 }), async (tags) => {
      const store = new Store();
      smallImage(store, 'app', 'image', ['v1']);
      for (const tag of tags.filter((tag) => !/^\.\.?$/.test(tag))) {
        store.folder(`${layout.tagCurrentPath('app', tag)}`);
        store.folder(`${layout.tagIndexPath('app', tag)}/sha256`);
      }
      const { actions } = await outcome(store);
      for (const { path } of actions) store.mem.rmdirSync(`${store.v2}/${path}`);
      expect((await outcome(store)).lines).toEqual([]);
    }),
    { seed: 5, numRuns: 60 },
  );
});

it('a live repository keeps its empty folders', async () => {
  const store = new Store();
  store.push(
    'app',
    {
      manifest: { digest: '', bytes: Buffer.from('{"layers":[]}'), mediaType: '' },
      blobs: [],
      children: [],
    },
    'v1',
  );
  store.folder('repositories/app/_layers/sha256').folder(`${layout.revisionsPath('app')}/sha512`);
  expect((await outcome(store, { deleteUntagged: true })).lines).toEqual([]);
});

it('a folder of blobs that holds empty folders alone goes with them', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const hollow = (hex: string): string => layout.blobPath(`sha256:${hex.repeat(32)}` as Digest);
  store.folder(hollow('ee')).folder(hollow('ff'));
  const kinds = new Set<ActionKind>(['empty-directory']);
  expect(pathsOf(await outcome(store, { kinds }), 'empty-directory')).toEqual([
    hollow('ee'),
    hollow('ff'),
    'blobs/sha256/ee',
    'blobs/sha256/ff',
  ]);
  store.file('blobs/sha256/ff/notes.txt', 'x');
  expect(pathsOf(await outcome(store, { kinds }), 'empty-directory')).toEqual([
    hollow('ee'),
    hollow('ff'),
    'blobs/sha256/ee',
  ]);
});

describe('dead repositories', () => {
  const dead = (store: Store, name: string): Store =>
    store
      .folder(`repositories/${name}/_layers/sha256`)
      .folder(`repositories/${name}/_uploads`)
      .folder(`repositories/${name}/_manifests/tags`);
  const alive = (): Store => {
    const store = new Store();
    smallImage(store, 'alive', 'image', ['v1']);
    return store;
  };
  const repositories = async (store: Store) => pathsOf(await outcome(store), 'repository');

  it('go whole, and with the namespaces that hold nothing else', async () => {
    const store = dead(dead(dead(alive(), 'old/team/a'), 'old/team/a/b'), 'alive/gone');
    expect(await repositories(store)).toEqual(['repositories/alive/gone', 'repositories/old']);
  });

  it('with one that lives in them go by their parts', async () => {
    const store = dead(alive(), 'old');
    smallImage(store, 'old/team/a', 'image', ['v1']);
    expect(await repositories(store)).toEqual(
      ['_layers', '_manifests', '_uploads'].map((part) => `repositories/old/${part}`),
    );
  });

  it('stay where something in them isn’t understood', async () => {
    const hollow = layout.layerPath('old', `sha256:${'ab'.repeat(32)}` as Digest);
    for (const path of [
      'repositories/old/notes.txt',
      'repositories/old/_manifests/notes.txt',
      'repositories/old/_uploads/notes.txt',
      `${layout.layersPath('old')}/sha256/notes.txt`,
      `${hollow}/link.0123.tmp`,
      `${layout.revisionsPath('old')}/sha256/${'ab'.repeat(32)}/link.0123.tmp`,
    ]) {
      expect(await repositories(dead(alive(), 'old').file(path, 'x'))).toEqual([]);
    }
  });

  it('with a foreign file in the namespace above go without it', async () => {
    const store = dead(alive(), 'old/team').file('repositories/old/notes.txt', 'x');
    expect(await repositories(store)).toEqual(['repositories/old/team']);
  });

  it('stay while an upload or layer link is young, or out of scope', async () => {
    const upload = dead(alive(), 'old')
      .at(NOW * 1000)
      .upload('old', 'id', 'x');
    expect(await repositories(upload)).toEqual([]);
    const { lines } = await outcome(dead(alive(), 'old'), { inScope: (name) => name === 'alive' });
    expect(lines).toEqual([]);
  });

  it('an empty namespace goes, somebody else’s folder doesn’t', async () => {
    const store = alive().folder('repositories/team/empty').folder('repositories/lost+found');
    const { lines } = await outcome(store);
    expect(lines).toEqual(
      ['team/empty', 'team'].map((name) => `empty-directory repositories/${name}`),
    );
  });
});

it('a sha512 link to garbage on the disk goes with the garbage only', async () => {
  const store = new Store();
  smallImage(store, 'app', 'image', ['v1']);
  const stored = store.layer('app', 'garbage');
  const claimed = `sha512:${'cd'.repeat(64)}` as Digest;
  store.layerLink('app', claimed, stored);
  const links = [stored, claimed].map((digest) => layout.layerPath('app', digest));
  const all = await outcome(store);
  expect(pathsOf(all, 'layer-link')).toEqual(links);
  const reasons = all.actions.filter(({ kind }) => kind === 'layer-link');
  expect(reasons.map(({ reason }) => reason)).toEqual([
    'its blob is removed',
    'its blob is removed',
  ]);
  expect(explainMark(all.facts, all.marks, { digest: claimed })).toMatchObject({
    state: 'garbage',
    bytes: 'garbage'.length,
  });
  const tidy = new Set(ACTION_KINDS.filter((kind) => kind !== 'blob'));
  expect((await outcome(store, { kinds: tidy })).lines).toEqual([]);
});
