/** The compact tables against plain maps. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BlobShard, BlobTable } from '../../src/facts/tables/blob-table.js';
import { DigestSet } from '../../src/facts/tables/digest-set.js';
import {
  ALGORITHMS,
  type Algorithm,
  algorithmOf,
  DIGEST_BYTES,
  type Digest,
  hexOf,
} from '../../src/storage/digest.js';

/** Few different bytes, so that digests share prefixes, hashes and whole heads. */
const digest: fc.Arbitrary<Digest> = fc.constantFrom<Algorithm>(...ALGORITHMS).chain((algorithm) =>
  fc
    .tuple(fc.constantFrom('00', '01', 'ff'), fc.constantFrom('0', 'a'), fc.nat(3))
    .map(([first, fill, last]) => {
      const length = DIGEST_BYTES[algorithm] * 2;
      return `${algorithm}:${first}${fill.repeat(length - 3)}${last}` as Digest;
    }),
);

const raw = (one: Digest): Buffer => Buffer.from(hexOf(one), 'hex');

it('a set of digests numbers each once, and gives each back', () => {
  const many = fc.array(fc.oneof(digest, fc.uint8Array({ minLength: 32, maxLength: 32 })), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(many, fc.nat(7), (items, offset) => {
      const set = new DigestSet();
      const plain = new Map<Digest, number>();
      for (const item of items) {
        const one =
          typeof item === 'string'
            ? item
            : (`sha256:${Buffer.from(item).toString('hex')}` as Digest);
        const bytes = Buffer.concat([Buffer.alloc(offset, 7), raw(one)]);
        const before = plain.get(one);
        expect(set.find(algorithmOf(one), bytes, offset)).toBe(before ?? -1);
        if (before === undefined) plain.set(one, plain.size);
        expect(set.intern(algorithmOf(one), bytes, offset)).toBe(plain.get(one));
      }
      expect(set.count).toBe(plain.size);
      expect([...plain.keys()].map((_, id) => set.digest(id))).toEqual([...plain.keys()]);
    }),
    { seed: 3, numRuns: 200 },
  );
});

it('a table of blobs is sorted, finds all that is in it and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(digest), digest, (all, other) => {
      const table = new BlobTable(shardsOf(all));
      const sorted = [...all].sort();
      expect(Array.from({ length: table.count }, (_, node) => table.digest(node))).toEqual(sorted);
      sorted.forEach((one, node) => {
        expect(table.find(algorithmOf(one), raw(one), 0)).toBe(node);
        expect([table.size(node), table.diskBytes(node), table.newest(node)]).toEqual([
          sizeOf(one),
          512,
          9,
        ]);
      });
      expect(table.find(algorithmOf(other), raw(other), 0)).toBe(sorted.indexOf(other));
      if (table.count === 0) return;
      table.touch(0, 8);
      expect(table.newest(0)).toBe(9);
      table.touch(0, 10);
      expect(table.newest(0)).toBe(10);
    }),
    { seed: 4, numRuns: 200 },
  );
});

const sizeOf = (one: Digest): number => 2 ** 40 + Number.parseInt(one.slice(-1), 16);

function shardsOf(all: readonly Digest[]): BlobShard[] {
  const groups = new Map<string, Digest[]>();
  for (const one of all) {
    const group = `${algorithmOf(one)}/${hexOf(one).slice(0, 2)}`;
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  return [...groups].map(([group, members]) => {
    const [algorithm, prefix] = group.split('/') as [Algorithm, string];
    const sorted = [...members].sort();
    return {
      algorithm,
      prefix: Number.parseInt(prefix, 16),
      count: sorted.length,
      entries: sorted.length,
      digests: new Uint8Array(Buffer.concat(sorted.map(raw))),
      size: Float64Array.from(sorted, sizeOf),
      blocks: new Uint32Array(sorted.length).fill(1),
      newest: new Uint32Array(sorted.length).fill(9),
      flags: new Uint8Array(sorted.length),
    };
  });
}

it('digests that were made up to collide cost no more than others', () => {
  for (const at of [0, 4, 12, 28]) {
    const set = new DigestSet();
    const bytes = Buffer.alloc(32);
    const start = performance.now();
    for (let i = 0; i < 40_000; i++) {
      bytes.writeUInt32LE(i, at);
      set.intern('sha256', bytes, 0);
    }
    expect(set.count).toBe(40_000);
    expect(performance.now() - start).toBeLessThan(5000);
  }
});
