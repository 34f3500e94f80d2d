/** What the reader of plain manifests says is what the general one says; or it says nothing. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isObject, parseJson } from '../../src/facts/manifest/json.js';
import { PlainReader } from '../../src/facts/manifest/plain-manifest.js';
import { referencesOf } from '../../src/facts/manifest/references.js';
import { PACKED, PackedCursor } from '../../src/facts/packed-digests.js';
import { digestFromBytes } from '../../src/storage/digest.js';

const plain = new PlainReader();

interface Said {
  readonly kind: string;
  readonly references: readonly string[];
}

function byPlain(text: string): Said | undefined {
  const read = plain.read(Buffer.from(text));
  if (read === undefined) return undefined;
  const cursor = new PackedCursor(read.cells);
  const references: string[] = [];
  while (cursor.next()) {
    const digest = digestFromBytes(cursor.algorithm, Buffer.from(cursor.bytes), cursor.at);
    references.push(`${digest} ${cursor.flags}`);
  }
  expect(references).toHaveLength(read.count);
  return { kind: read.kind, references: references.sort() };
}

function byGeneral(text: string): Said | undefined {
  try {
    const json = parseJson(text);
    if (!isObject(json)) return undefined;
    const { kind, references, subjects } = referencesOf(json);
    const list = [...references].map(([digest, flags]) => `${digest} ${flags}`);
    list.push(...subjects.map((digest) => `${digest} ${PACKED.subject}`));
    return { kind, references: list.sort() };
  } catch {
    return undefined;
  }
}

const digest = fc.nat(5).map((n) => `sha256:${String(n).repeat(64)}`);
const mediaType = fc.constantFrom(
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.INDEX.v1+json',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.oci.image.config.v1+json',
  '',
);
const loose: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(digest, fc.nat())) },
  fc.jsonValue({ maxDepth: 2 }),
);
const descriptor = fc.record(
  {
    mediaType,
    size: fc.nat(),
    digest,
    annotations: loose,
    platform: fc.record({ architecture: fc.constant('amd64'), 'os.features': fc.array(digest) }),
    artifactType: mediaType,
  },
  { requiredKeys: ['digest'] },
);
const odd = fc.oneof(
  { weight: 20, arbitrary: descriptor },
  fc.record({ digest, urls: fc.array(fc.webUrl()) }),
  fc.record({ Digest: digest, mediaType }),
  loose,
);
const word = fc.string({ unit: fc.constantFrom(...'ab.:/ 7'), maxLength: 6 });
const tidyDescriptor = fc.record(
  {
    mediaType,
    size: fc.nat(),
    digest,
    annotations: fc.dictionary(word, fc.oneof(word, digest), { maxKeys: 3 }),
    platform: fc.record({ os: word, 'os.features': fc.array(word), bits: fc.nat() }),
    artifactType: mediaType,
  },
  { requiredKeys: ['digest'] },
);
const tidy = fc.record(
  {
    schemaVersion: fc.constant(2),
    mediaType,
    config: tidyDescriptor,
    layers: fc.array(tidyDescriptor, { maxLength: 5 }),
    manifests: fc.array(tidyDescriptor, { maxLength: 4 }),
    blobs: fc.array(tidyDescriptor, { maxLength: 3 }),
    subject: tidyDescriptor,
    annotations: fc.dictionary(word, word, { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);
const strange = fc.record(
  {
    schemaVersion: fc.constantFrom<unknown>(1, 2, 0, -1, 2.5, '2'),
    mediaType,
    artifactType: mediaType,
    config: odd,
    layers: fc.array(odd, { maxLength: 4 }),
    manifests: fc.array(odd, { maxLength: 4 }),
    blobs: fc.array(odd, { maxLength: 3 }),
    subject: odd,
    annotations: loose,
    Layers: fc.array(odd, { maxLength: 1 }),
    fsLayers: fc.array(fc.record({ blobSum: digest }), { maxLength: 2 }),
    extra: fc.oneof(digest, loose),
  },
  { requiredKeys: [] },
);
const manifest: fc.Arbitrary<object> = fc.oneof({ weight: 2, arbitrary: tidy }, strange);

it('whole manifests, of known fields and others', () => {
  let answered = 0;
  fc.assert(
    fc.property(manifest, fc.constantFrom(0, 3, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const said = byPlain(text);
      if (said === undefined) return;
      answered += 1;
      expect([text, said]).toEqual([text, byGeneral(text)]);
    }),
    { seed: 5, numRuns: 3000 },
  );
  expect(answered).toBeGreaterThan(1000);
});

it('manifests in which a character was changed, added or lost', () => {
  const character = fc.constantFrom(...'{}[]",:0-1.e\\ \nax\u0000é', '"digest":', ',"layers":[]');
  fc.assert(
    fc.property(manifest, fc.nat(), fc.nat(2), character, (value, at, cut, added) => {
      const whole = JSON.stringify(value);
      const i = at % (whole.length + 1);
      const text = whole.slice(0, i) + added + whole.slice(i + cut);
      const said = byPlain(text);
      if (said !== undefined) expect([text, said]).toEqual([text, byGeneral(text)]);
    }),
    { seed: 6, numRuns: 5000 },
  );
});

it.each([
  ['a field twice', '{"layers":[],"layers":[]}'],
  ['a field in other letters', '{"Layers":[]}'],
  ['a digest of another algorithm', `{"layers":[{"digest":"sha512:${'0'.repeat(128)}"}]}`],
  ['an escape', `{"layers":[{"digest":"sha256:${'0'.repeat(64)}","mediaType":"a\\u002fb"}]}`],
  ['something behind it', '{"layers":[]}{}'],
  ['no list that tells its kind', '{"schemaVersion":2}'],
  ['names of every object', '{"layers":[],"constructor":1,"__proto__":2}'],
  ['more references than fit', `{"layers":[${many(129)}]}`],
])('leaves %s to the general reader', (_, text) => {
  expect(byPlain(text)).toBeUndefined();
});

function many(count: number): string {
  const digests = Array.from({ length: count }, (_, i) => i.toString(16).padStart(64, '0'));
  return digests.map((hex) => `{"digest":"sha256:${hex}"}`).join();
}

it('reads as many references as fit', () => {
  expect(byPlain(`{"layers":[${many(128)}]}`)).toEqual(byGeneral(`{"layers":[${many(128)}]}`));
});
