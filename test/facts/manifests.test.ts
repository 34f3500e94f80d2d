/** Manifests of every kind: what they refer to lives, what can't be read keeps its repository. */
import { describe, expect, it } from 'vitest';
import { nodeOf } from '../../src/facts/types.js';
import type { Digest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import * as images from '../harness/images.js';
import { digestOf } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import {
  countsOf,
  descriptorOf,
  digestsOf,
  gone,
  imageJson,
  indexJson,
  outcome,
  repositoryOf,
  Store,
  smallImage,
} from './helpers.js';

const random = new Random('manifests');
const child = images.ociImage(random);

const KINDS: [name: string, make: () => images.Image][] = [
  ['Docker', () => images.dockerImage(random)],
  ['OCI', () => images.ociImage(random)],
  ['a list', () => images.manifestList([images.dockerImage(random), images.dockerImage(random)])],
  ['nested indexes', () => images.ociIndex([images.ociIndex([images.ociIndex([child])])])],
  ['an empty index', () => images.ociIndex([])],
  ['BuildKit’s cache', () => images.buildkitCache(random)],
  ['a foreign layer', () => images.foreignImage(random)],
  ['sha512', () => images.sha512Image(random)],
];

describe('of a tagged image everything lives', () => {
  it.each(KINDS)('%s', async (_, make) => {
    const store = new Store();
    const image = make();
    store.push('app', image, 'v1');
    const garbage = store.layer('app', 'garbage');
    const result = await outcome(store, { deleteUntagged: true });
    expect(gone(result)).toEqual([garbage]);
    expect(countsOf(result.facts)).toEqual({});
  });
});

/** The text of a manifest, given a digest that it must keep alive. */
const SHAPES: [name: string, text: (digest: Digest) => string][] = [
  ['an artifact', (d) => JSON.stringify({ mediaType: 'a', blobs: [{ digest: d }] })],
  ['schema 1', (d) => JSON.stringify({ schemaVersion: 1, fsLayers: [{ blobSum: d }] })],
  ['unknown JSON', (d) => JSON.stringify({ anything: { deep: [[`x ${d} y`]] } })],
  ['an unknown key of JSON', (d) => JSON.stringify({ [d]: 1 })],
  ['an unknown field', (d) => JSON.stringify(imageJson('', [], { extra: [{ at: d }] }))],
  ['a known field with a ligature', (d) => `{"layers":[],"hi\ufb06ory":["${d}"]}`],
  ['a known field with a dotless i', (d) => `{"layers":[],"h\u0131story":["${d}"]}`],
  ['duplicate keys, first', (d) => `{"layers":[{"digest":"${d}"}],"layers":[]}`],
  ['duplicate keys, last', (d) => `{"layers":[],"layers":[{"digest":"${d}"}]}`],
  ['duplicate digests', (d) => `{"layers":[{"digest":"${d}","digest":"sha256:0"}]}`],
  ['other case', (d) => `{"LAYERS":[{"DiGeSt":"${d}"}]}`],
  ['a long s', (d) => `{"layer\u017f":[{"dige\u017ft":"${d}"}]}`],
  ['a Kelvin sign', (d) => `{"\u212aeep":"${d}","config":{}}`],
  ['escapes', (d) => `{"l\\u0061yers":[{"digest":"\\u0073ha256\\u003a${d.slice(7)}"}]}`],
  ['an object for a list', (d) => JSON.stringify({ layers: { a: { digest: d } } })],
  ['a string for a descriptor', (d) => JSON.stringify({ config: d, layers: [] })],
  ['null beside it', (d) => `{"manifests":null,"layers":[null,{"digest":"${d}"}]}`],
  ['white space before it', (d) => `\n\t \r\n{"layers":[{"digest":"${d}"}]}\n`],
  ['an array', (d) => `[{"digest":"${d}"}]`],
  ['JSON that ends too early', (d) => `{"layers":[{"digest":"${d}"}`],
];

describe('a reference is found in', () => {
  it.each(SHAPES)('%s', async (_, text) => {
    const store = new Store();
    const target = store.layer('app', 'target');
    store.manifest('app', text(target), 'v1');
    const garbage = store.layer('app', 'garbage');
    expect(gone(await outcome(store))).toEqual([garbage]);
  });
});

describe('what can’t be read keeps every repository that links it whole', () => {
  const UNREADABLE: [name: string, content: string | Buffer, problem: string][] = [
    ['zero bytes', '', 'has the hash'],
    ['another content', '{"layers":[]}', 'has the hash'],
  ];

  it.each(UNREADABLE)('%s', async (_, content, problem) => {
    const store = new Store();
    const claimed = `sha256:${'ef'.repeat(32)}` as Digest;
    store.blob(content, claimed);
    const loose = { tag: 't', revision: 'r', layer: 'l' } as const;
    store.tag(loose.tag, 'v1', claimed).revision(loose.revision, claimed);
    store.layerLink(loose.layer, claimed);
    for (const name of Object.values(loose)) store.layer(name, `loose in ${name}`);
    smallImage(store, 'whole', 'image', ['v1']);
    const garbage = store.layer('whole', 'garbage');
    const result = await outcome(store, { deleteUntagged: true, allowTagless: true });
    expect(gone(result)).toEqual([garbage]);
    const why = Object.values(loose).map((name) => repositoryOf(result.facts, name).keepAllReason);
    for (const one of why) expect(one).toContain(problem);
    expect(repositoryOf(result.facts, 'whole').keepAllReason).toBeUndefined();
  });

  it('a hash that is right but nesting without end', async () => {
    const store = new Store();
    const deep = `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    store.manifest('app', deep, 'v1');
    store.layer('app', 'loose');
    const { facts, lines } = await outcome(store);
    expect(lines).toEqual([]);
    expect(repositoryOf(facts, 'app').keepAllReason).toContain('is nested deeper');
  });

  it('JSON over the limit; a layer of that size is a leaf', async () => {
    const store = new Store();
    const big = (first: string) => Buffer.concat([Buffer.from(first), Buffer.alloc(9 << 20, 32)]);
    store.manifest('app', big('{'), 'v1');
    store.layer('app', 'loose');
    const leaf = store.layer('cache', big('\x1f\x8b'));
    store.manifest('cache', indexJson([leaf]), 'v1');
    const { facts, lines } = await outcome(store);
    expect(lines).toEqual([]);
    expect(repositoryOf(facts, 'app').keepAllReason).toContain('exceed the size limit');
    expect(repositoryOf(facts, 'cache').keepAllReason).toBeUndefined();
    expect(facts.manifests.kind(nodeOf(facts, leaf)!)).toBe('leaf');
  });

  it.each([
    ['a layer', '\x1f\x8b'],
    ['blanks', ' '],
  ])('over the limit and linked, though it looks like %s', async (_, first) => {
    const store = new Store();
    const big = Buffer.concat([Buffer.from(first), Buffer.alloc(9 << 20, 32), Buffer.from('{}')]);
    const digest = store.manifest('app', big, 'v1');
    store.layer('app', 'loose');
    const { facts, lines } = await outcome(store);
    expect(lines).toEqual([]);
    expect(repositoryOf(facts, 'app').keepAllReason).toBe(
      `manifest ${digest}: exceeds the size limit for manifests`,
    );
    expect(countsOf(facts)).toEqual({ 'unreadable-manifest': 1 });
  });

  it('a blob that is gone though a revision links it', async () => {
    const store = new Store();
    store.revision('app', `sha256:${'01'.repeat(32)}` as Digest);
    store.layer('app', 'loose');
    smallImage(store, 'app', 'image', ['v1']);
    const { facts, lines } = await outcome(store);
    expect(lines).toEqual([]);
    expect(countsOf(facts)).toEqual({ 'missing-manifest': 1 });
  });

  it('also as a layer of one image and a manifest of another, in either order', async () => {
    for (const first of ['a', 'b']) {
      const store = new Store();
      const lost = digestOf('lost');
      store.layerLink('app', lost);
      store.layer('app', 'loose');
      const names = { [first]: 'x', [first === 'a' ? 'b' : 'a']: 'y' };
      store.manifest('app', imageJson(lost, [lost], { annotations: { n: names.a } }), 'a');
      store.manifest('app', indexJson([lost], { annotations: { n: names.b } }), 'b');
      const { facts } = await outcome(store);
      expect(repositoryOf(facts, 'app').keepAllReason).toContain(lost);
    }
  });
});

it('a sparse index is a finding and no more', async () => {
  const store = new Store();
  const { manifest } = smallImage(store, 'app', 'image');
  store.manifest('app', indexJson([manifest, digestOf('not copied')]), 'v1');
  const garbage = store.layer('app', 'garbage');
  const result = await outcome(store, { deleteUntagged: true });
  expect(gone(result)).toEqual([garbage]);
  expect(countsOf(result.facts)).toEqual({ 'missing-child': 1 });
});

it('digests in annotations are remarks', async () => {
  const store = new Store();
  const remarked = store.layer('app', 'remarked');
  const config = store.layer('app', 'config');
  store.manifest('app', imageJson(config, [], { annotations: { base: remarked } }), 'v1');
  expect(gone(await outcome(store))).toEqual([remarked]);
});

it('cycles end: a wrong hash can close one, and it keeps everything in it', async () => {
  const store = new Store();
  const [a, b] = [`sha256:${'0a'.repeat(32)}`, `sha256:${'0b'.repeat(32)}`] as Digest[];
  store.blob(JSON.stringify(indexJson([b!])), a);
  store.blob(JSON.stringify(indexJson([a!])), b);
  store.revision('app', a!).revision('app', b!).tag('app', 'v1', a!);
  const { lines } = await outcome(store, { deleteUntagged: true });
  expect(lines).toEqual([]);
});

it('a subject’s referrer in JSON of no known kind is a referrer all the same', async () => {
  const store = new Store();
  const { manifest } = smallImage(store, 'app', 'image', ['v1']);
  const referrer = store.manifest('app', { artifactType: 'x', subject: descriptorOf(manifest) });
  const { lines, facts } = await outcome(store, { deleteUntagged: true });
  expect(lines).toEqual([]);
  expect(digestsOf(facts, facts.manifests.referrers)).toEqual([referrer]);
});

it('content that stands under two repositories is read once, and layout paths agree', async () => {
  const store = new Store();
  const { manifest } = smallImage(store, 'a', 'same', ['v1']);
  smallImage(store, 'b', 'same', ['v1']);
  const { facts } = await outcome(store);
  expect(facts.manifests.nodes).toHaveLength(1);
  expect(layout.blobPath(digestsOf(facts, facts.manifests.nodes)[0]!)).toBe(
    layout.blobPath(manifest),
  );
});
