/** The quick walk over columns answers what the plain kernel answers. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManifestTable } from '../../src/facts/tables/manifest-table.js';
import { Bitset } from '../../src/graph/mark/bitset.js';
import { Walk } from '../../src/graph/mark/follow-references.js';
import { reachable, rootsIn } from '../../src/graph/mark/reachable.js';

const NODES = 70;
const node = fc.nat(NODES - 1);
const graph = fc.record({
  references: fc.uniqueArray(fc.tuple(node, fc.array(node, { maxLength: 5 })), {
    selector: ([from]) => from,
  }),
  referrers: fc.array(fc.tuple(node, node), { maxLength: 12 }),
  dropped: fc.uniqueArray(node),
  beyond: fc.uniqueArray(node, { maxLength: 8 }),
  roots: fc.array(fc.array(node, { maxLength: 4 }), { minLength: 2, maxLength: 4 }),
});

function tableOf(
  references: [number, number[]][],
  referrers: [subject: number, referrer: number][],
): ManifestTable {
  const rows = [...references].sort(([a], [b]) => a - b);
  const starts = [0];
  for (const [, to] of rows) starts.push(starts.at(-1)! + to.length);
  const pairs = [...referrers].sort(([a], [b]) => a - b);
  return new ManifestTable(
    Uint32Array.from(rows, ([from]) => from),
    new Uint8Array(rows.length),
    Uint32Array.from(starts),
    Uint32Array.from(rows.flatMap(([, to]) => to)),
    Uint32Array.from(pairs, ([, referrer]) => referrer),
    Uint32Array.from(pairs, ([subject]) => subject),
    NODES,
  );
}

it('walks as the kernel does, closure after closure, and leaves what lies beyond', () => {
  fc.assert(
    fc.property(graph, ({ references, referrers, dropped, beyond, roots }) => {
      const table = tableOf(references, referrers);
      const to = new Map(references);
      for (const [from, list] of references) expect([...table.references(from)]).toEqual(list);
      const barrier = new Bitset(NODES);
      for (const one of beyond) barrier.add(one);
      const plain = (from: readonly number[]): number[] => {
        const reached = reachable(barrier.clone(), rootsIn(from), (at, visit) => {
          (to.get(at) ?? []).forEach(visit);
          for (const [subject, referrer] of referrers) {
            if (subject === at && !dropped.includes(referrer)) visit(referrer);
          }
        });
        return [...reached].filter((one) => !barrier.has(one));
      };
      const sorted = (found: Uint32Array): number[] => [...found].sort((a, b) => a - b);
      const walk = new Walk(table, NODES, (referrer) => !dropped.includes(referrer), barrier);
      for (const from of roots) expect(sorted(walk.from(rootsIn(from)))).toEqual(plain(from));
      const [first, second] = roots as [number[], number[]];
      walk.from(rootsIn(first));
      const added = [...plain(first), ...sorted(walk.add(rootsIn(second)))];
      expect(added.sort((a, b) => a - b)).toEqual(plain([...first, ...second]));
      walk.from(rootsIn(first));
      walk.forget();
      const whole = new Set([...plain(first), ...beyond]);
      const beside = sorted(walk.add(rootsIn(second)));
      expect(beside).toEqual(plain([...first, ...second]).filter((one) => !whole.has(one)));
      expect(barrier.count()).toBe(beyond.length);
    }),
    { numRuns: 300 },
  );
});
