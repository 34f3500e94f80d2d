/** What a link file may hold, and what follows where it can't be understood. */
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import {
  digestsOf,
  findingsOf,
  gone,
  NOW,
  outcome,
  repositoryOf,
  type SmallImage,
  Store,
  smallImage,
} from './helpers.js';

const layerOf = (digest: Digest) => ({ mediaType: 'application/x.layer.tar+gzip', digest });
const ANY = `sha256:${'ab'.repeat(32)}` as Digest;

/** A store whose tag's link is replaced; the image itself is only tagged, no revision. */
function damaged(content: (digest: Digest) => string | Buffer): {
  store: Store;
  image: SmallImage;
} {
  const store = new Store();
  const image = smallImage(store, 'app', 'image', ['v1']);
  smallImage(store, 'other', 'other', ['v1']);
  store.file(`${layout.tagCurrentPath('app', 'v1')}/link`, content(image.manifest));
  return { store, image };
}

const CONTENTS: [name: string, content: (digest: Digest) => string | Buffer][] = [
  ['nothing', () => ''],
  ['a NUL', (digest) => `${digest}\0`],
  ['only NULs', () => '\0'.repeat(71)],
  ['a newline', (digest) => `${digest}\n`],
  ['CRLF', (digest) => `${digest}\r\n`],
  ['a path', () => '../../../../../../etc/passwd'],
  ['a digest and a path', (digest) => `${digest}/../..`],
  ['an uppercase digest', (digest) => digest.toUpperCase()],
  ['uppercase hex', (digest) => `sha256:${digest.slice(7).toUpperCase()}`],
  ['a byte order mark', (digest) => `\ufeff${digest}`],
  ['a short digest', (digest) => digest.slice(0, -1)],
  ['a long digest', (digest) => `${digest}0`],
  ['an unknown algorithm', (digest) => `md5:${digest.slice(7, 39)}`],
  ['ten megabytes', (digest) => Buffer.concat([Buffer.from(digest), Buffer.alloc(10 << 20, 32)])],
  ['binary', () => Buffer.from([0xff, 0xfe, 0x00, 0x80])],
];

describe('a tag’s link that holds', () => {
  it.each(CONTENTS)('%s keeps its repository whole', async (_, content) => {
    const { store } = damaged(content);
    const loose = store.layer('app', 'only a layer link knows it');
    const garbage = store.layer('other', 'garbage');
    const result = await outcome(store, { deleteUntagged: true });
    const path = `${layout.tagCurrentPath('app', 'v1')}/link`;
    expect(findingsOf(result.facts)).toContain(`unreadable-link ${path}`);
    expect(repositoryOf(result.facts, 'app').keepAllReason).toContain(path);
    expect(repositoryOf(result.facts, 'other').keepAllReason).toBeUndefined();
    expect(gone(result)).toEqual([garbage]);
    expect(gone(result)).not.toContain(loose);
  });

  it.each(CONTENTS.slice(0, 1))('%s: the same in a revision’s link', async (_, content) => {
    const store = new Store();
    const { manifest } = smallImage(store, 'app', 'image');
    store.revision('app', manifest, String(content(manifest)));
    const { facts, lines } = await outcome(store, { deleteUntagged: true, allowTagless: true });
    expect(repositoryOf(facts, 'app').keepAllReason).toContain('is empty');
    expect(lines).toEqual([]);
  });

  it('a digest that can be made out after all makes that a root', async () => {
    const store = new Store();
    const elsewhere = store.blob('linked nowhere but in a damaged link');
    smallImage(store, 'app', 'image', ['v1']);
    store.link(layout.tagCurrentPath('app', 'broken'), `${elsewhere}\n`);
    const result = await outcome(store);
    expect(digestsOf(result.facts, result.facts.guesses)).toEqual([elsewhere]);
    expect(gone(result)).toEqual([]);
  });
});

describe('a link that says another digest than its path', () => {
  it('keeps both, as a revision', async () => {
    const store = new Store();
    const a = smallImage(store, 'app', 'a', ['v1']);
    const b = smallImage(store, 'elsewhere', 'b');
    const c = store.blob('{"schemaVersion":2,"manifests":[]}');
    store.revision('app', c, b.manifest);
    const { facts, lines } = await outcome(store);
    expect(lines).toEqual([]);
    expect(findingsOf(facts)).toEqual([
      `link-mismatch ${layout.linkOf(layout.revisionPath('app', c))}`,
    ]);
    expect(a.all).toHaveLength(3);
  });

  it('as sha512, leads a manifest that says sha512 to the stored blob', async () => {
    const store = new Store();
    const stored = store.layer('app', 'pushed as sha512');
    const claimed = `sha512:${'cd'.repeat(64)}` as Digest;
    store.layerLink('app', claimed, stored);
    store.manifest('app', { schemaVersion: 2, layers: [{ digest: claimed }], config: {} }, 'v1');
    const result = await outcome(store);
    expect(result.lines).toEqual([]);
    expect(findingsOf(result.facts)).toEqual([]);
  });

  it('as sha512, to a blob that is gone, is an image that lacks a layer', async () => {
    const store = new Store();
    const claimed = `sha512:${'cd'.repeat(64)}` as Digest;
    store.layerLink('app', claimed, ANY);
    store.manifest('app', { schemaVersion: 2, layers: [layerOf(claimed)], config: {} }, 'v1');
    const { facts, lines } = await outcome(store);
    expect(lines).toEqual([]);
    expect(findingsOf(facts)).toEqual([`missing-blob ${layout.blobDataPath(claimed)}`]);
  });

  it('as sha256, does not stand for the layer that is gone', async () => {
    const store = new Store();
    const other = store.layer('app', 'another content');
    store.layerLink('app', ANY, other);
    store.manifest('app', { schemaVersion: 2, layers: [layerOf(ANY)], config: {} }, 'v1');
    const { facts } = await outcome(store, {}, { depth: 'deep' });
    expect(findingsOf(facts)).toEqual([
      `link-mismatch ${layout.linkOf(layout.layerPath('app', ANY))}`,
      `missing-blob ${layout.blobDataPath(ANY)}`,
    ]);
    expect(findingsOf((await outcome(store)).facts)).toEqual([
      `missing-blob ${layout.blobDataPath(ANY)}`,
    ]);
  });

  it('as sha512, gives the stored blob its age', async () => {
    const store = new Store();
    smallImage(store, 'app', 'image', ['v1']);
    const stored = store.layer('app', 'a push under way');
    expect(gone(await outcome(store))).toEqual([stored]);
    store.at((NOW - 60) * 1000).layerLink('app', `sha512:${'cd'.repeat(64)}` as Digest, stored);
    expect(gone(await outcome(store))).toEqual([]);
  });
});

describe('a layer’s link that can’t be read', () => {
  it.each([
    ['is short', 'sha256:ab', []],
    ['is empty', '', [`layer-link ${layout.layerPath('app', ANY)}`]],
  ])('%s: all other layer links of its repository stay', async (_, content, goes) => {
    const store = new Store();
    smallImage(store, 'app', 'image', ['v1']);
    const loose = store.layer('app', 'loose');
    store.layerLink('app', ANY, content);
    const { facts, lines } = await outcome(store);
    expect(lines).toEqual(goes);
    expect(repositoryOf(facts, 'app').keepAllReason).toContain(ANY.slice(7));
    expect(digestsOf(facts, repositoryOf(facts, 'app').layers)).toContain(loose);
  });
});

it('a folder in place of a link is damage, and no crash', async () => {
  const store = new Store();
  const { manifest, layer } = smallImage(store, 'app', 'image', ['v1']);
  for (const folder of [
    layout.tagCurrentPath('app', 'v2'),
    layout.revisionPath('app', ANY),
    layout.layerPath('app', ANY),
  ]) {
    store.folder(`${folder}/link`);
  }
  const { facts, lines } = await outcome(store);
  expect(lines).toEqual([]);
  expect(findingsOf(facts).filter((line) => line.endsWith('/link'))).toEqual([
    `bad-layer-link ${layout.linkOf(layout.layerPath('app', ANY))}`,
    `unreadable-link ${layout.linkOf(layout.revisionPath('app', ANY))}`,
    `unreadable-link ${layout.linkOf(layout.tagCurrentPath('app', 'v2'))}`,
  ]);
  expect(digestsOf(facts, repositoryOf(facts, 'app').layers)).toContain(layer);
  expect(digestsOf(facts, repositoryOf(facts, 'app').revisions.node)).toContain(manifest);
});
