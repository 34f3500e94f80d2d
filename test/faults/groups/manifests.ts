/** Manifests as clients, builders and attackers write them: what they name stays. */
import { createHash } from 'node:crypto';
import { TreeBuilder } from '../../harness/offline.js';
import { Random } from '../../harness/random.js';
import type { Attack } from '../attack.js';
import { attacks } from '../attack.js';
import { everyNth, type Group } from '../engine.js';
import { makeTemplate } from '../store.js';

interface Given {
  readonly builder: TreeBuilder;
  /** Digests of two layers, linked in the repository `odd`. */
  readonly one: string;
  readonly two: string;
}

/** @returns the manifest; its two layers must live */
type Make = (given: Given) => unknown;

const layer = (digest: string) => ({ mediaType: 'x', size: 1, digest });
const nest = (levels: number, inner: string): string =>
  `${'{"a":'.repeat(levels)}${inner}${'}'.repeat(levels)}`;

const MANIFESTS: Readonly<Record<string, Make>> = {
  plain: ({ one, two }) => ({ schemaVersion: 2, config: layer(one), layers: [layer(two)] }),
  'upper case keys': ({ one, two }) => ({ CONFIG: layer(one), Layers: [{ Digest: two }] }),
  'duplicate keys': ({ one, two }) =>
    `{"layers":[{"digest":"${one}"}],"layers":[{"digest":"${two}"}]}`,
  'duplicate config': ({ one, two }) =>
    `{"config":{"digest":"${one}"},"config":{"digest":"${two}"}}`,
  artifact: ({ one, two }) => ({ blobs: [layer(one), layer(two)], artifactType: 'x' }),
  schema1: ({ one, two }) => ({ schemaVersion: 1, fsLayers: [{ blobSum: one }, { blobSum: two }] }),
  'unknown fields': ({ one, two }) => ({ schemaVersion: 2, wasm: { a: [one] }, b: two }),
  'layers as manifests': ({ one, two }) => ({ manifests: [layer(one), layer(two)] }),
  'an object for a list': ({ one, two }) => ({ layers: { a: layer(one) }, config: layer(two) }),
  'no JSON object': ({ one, two }) => JSON.stringify([one, two]),
  'deep JSON': ({ one, two }) => nest(2000, `{"layers":["${one}","${two}"]}`),
  'very deep JSON': ({ one, two }) => nest(60_000, `["${one}","${two}"]`),
  'escaped digests': ({ one, two }) =>
    `{"layers":[{"digest":"\\u0073${one.slice(1)}"}],"config":{"digest":"${two}"}}`,
  'escaped keys': ({ one, two }) =>
    `{"l\\u0061yers":[{"d\\u0069gest":"${one}"}],"config":{"digest":"${two}"}}`,
  'a missing child': ({ one, two }) => ({
    manifests: [layer(`sha256:${'ee'.repeat(32)}`), layer(one)],
    config: layer(two),
  }),
  'foreign layers': ({ one, two }) => ({
    config: layer(one),
    layers: [layer(two), { ...layer(`sha256:${'ef'.repeat(32)}`), urls: ['https://x.invalid'] }],
  }),
  'a subject that is missing': ({ one, two }) => ({
    config: layer(one),
    layers: [layer(two)],
    subject: layer(`sha256:${'ed'.repeat(32)}`),
  }),
  'many layers': ({ one, two }) => ({
    layers: [layer(one), ...Array<unknown>(50_000).fill(layer(one)), layer(two)],
  }),
  'an empty index beside': ({ one, two }) => ({ manifests: [], layers: [layer(one), layer(two)] }),
  // A remark, which no client follows.
  'a digest in an annotation': ({ one, two }) => ({
    layers: [layer(one), layer(two)],
    annotations: { 'org.example.base': `sha256:${'ec'.repeat(32)}` },
  }),
  'a byte order mark': ({ one, two }) =>
    `\ufeff{"layers":[{"digest":"${one}"}],"config":{"digest":"${two}"}}`,
  padding: ({ one, two }) => `{"layers":[{"digest":"${one}"}]${' '.repeat(3 << 20)},"x":"${two}"}`,
  'nulls and numbers': ({ one, two }) => ({
    layers: [null, 7, layer(one)],
    manifests: null,
    x: two,
  }),
  __proto__: ({ one, two }) =>
    `{"__proto__":{"layers":[{"digest":"${one}"}]},"config":{"digest":"${two}"}}`,
};

const HUGE: Readonly<Record<string, Make>> = {
  'a million layers': ({ one, two }) =>
    `{"layers":[${`{"digest":"${one}"},`.repeat(1_000_000)}{"digest":"${two}"}]}`,
  '100 MB': ({ one, two }) =>
    `{"layers":[{"digest":"${one}"}${' '.repeat(100 << 20)}],"x":"${two}"}`,
};

/** The manifest is what the tag names, or a child two indexes down. */
function attackOf(name: string, make: Make, nested: boolean): Attack {
  const random = new Random(`manifest ${name}`);
  const [first, second] = [random.bytes(400), random.bytes(500)];
  const digest = (bytes: Buffer): string =>
    `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const [one, two] = [digest(first), digest(second)];
  return {
    name: `${name}${nested ? ', within indexes' : ''}`,
    live: [one, two],
    make: (_, folder) => {
      const builder = new TreeBuilder(`${folder}/root`);
      builder.layer('odd', first);
      builder.layer('odd', second);
      let top = builder.manifest('odd', make({ builder, one, two }), ...(nested ? [] : ['v1']));
      if (!nested) return;
      top = builder.manifest('odd', { manifests: [layer(top)] });
      builder.manifest('odd', { manifests: [layer(top), layer(top)] }, 'v1');
    },
  };
}

export const manifests: Group = {
  name: 'manifests',
  full: 52,
  short: 6,
  async cases(lab, count) {
    const template = makeTemplate(lab.fresh('memory', 'template'));
    const list = Object.entries(MANIFESTS).flatMap(([name, make]) => [
      attackOf(name, make, false),
      attackOf(name, make, true),
    ]);
    const huge = Object.entries(HUGE).map(([name, make]) => attackOf(name, make, false));
    const damaged = ['a wrong digest', 'cut short', 'empty', 'a cycle'].map(damage);
    const all = [...damaged, ...(count >= 50 ? huge : []), ...list];
    return attacks(lab, template, everyNth(all, count));
  },
};

/** A tagged manifest that isn't what it is called: its repository stays whole. */
function damage(name: string): Attack {
  return {
    name,
    whole: 'odd',
    make: (_, folder) => {
      const builder = new TreeBuilder(`${folder}/root`);
      const one = builder.layer('odd', `layer of ${name}`);
      const text = JSON.stringify({ layers: [layer(one)] });
      const digest = builder.manifest('odd', text, 'v1');
      const other = builder.manifest('odd', { manifests: [layer(digest)] });
      const content = {
        'a wrong digest': text.replace('layers', 'lairs'),
        'cut short': text.slice(0, 20),
        empty: '',
        'a cycle': JSON.stringify({ manifests: [layer(other)] }),
      }[name]!;
      builder.blob(content, digest);
    },
  };
}
