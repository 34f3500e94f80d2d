/** Sizes by namespace, against sums made blob by blob. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NameTree } from '../../src/graph/sizes/name-tree.js';
import { nameTreeUsage } from '../../src/graph/sizes/name-tree-usage.js';
import { NOW, outcome, Store } from '../facts/helpers.js';

// `a-b` sorts between `a` and `a/c`.
const NAMES = ['a', 'a-b', 'a/c', 'a/c/d', 'e/f', 'e/g'];
const NAMESPACES = ['', ...NAMES, 'e'];

interface Push {
  readonly repository: string;
  /** Numbers of layers; the size of layer n is 100 + n. */
  readonly layers: readonly number[];
  readonly tagged: boolean;
}

const push: fc.Arbitrary<Push> = fc.record({
  repository: fc.constantFrom(...NAMES),
  layers: fc.uniqueArray(fc.nat(6), { maxLength: 4 }),
  tagged: fc.boolean(),
});

const layer = (n: number): string => `${n}`.padEnd(100 + n);

/** Untagged pushes leave layer links alone, which is garbage. */
function storeOf(pushes: readonly Push[]): Store {
  const store = new Store();
  pushes.forEach(({ repository, layers, tagged }, i) => {
    const descriptors = layers.map((n) => ({
      mediaType: 'application/octet-stream',
      digest: store.layer(repository, layer(n)),
      size: 100 + n,
    }));
    if (tagged) store.manifest(repository, { layers: descriptors }, `t${i}`);
  });
  return store;
}

const within = (namespace: string, name: string): boolean =>
  namespace === '' || name === namespace || name.startsWith(`${namespace}/`);

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, n) => a + 100 + n, 0);

/** Layers only: what the manifests themselves weigh is left out. */
function expected(pushes: readonly Push[], namespace: string) {
  const layersOf = (wanted: (one: Push) => boolean): Set<number> =>
    new Set(pushes.filter(wanted).flatMap(({ layers }) => layers));
  const inside = layersOf((one) => one.tagged && within(namespace, one.repository));
  const outside = layersOf((one) => one.tagged && !within(namespace, one.repository));
  const live = layersOf(({ tagged }) => tagged);
  const linkedInside = layersOf((one) => within(namespace, one.repository));
  const linkedOutside = layersOf((one) => !within(namespace, one.repository));
  return {
    bytes: sum(inside),
    unique: sum([...inside].filter((n) => !outside.has(n))),
    garbage: sum([...linkedInside].filter((n) => !live.has(n) && !linkedOutside.has(n))),
  };
}

it('counts each blob once, for the smallest namespace that holds all its repositories', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(push, { minLength: 1, maxLength: 12 }), async (pushes) => {
      const { facts, marks } = await outcome(storeOf(pushes));
      const tree = new NameTree(facts.repositories);
      const usage = nameTreeUsage(facts, marks, tree);
      const shared = new Set<string>();
      pushes.forEach(({ repository, layers, tagged }) => {
        // Two pushes of the same layers are one manifest.
        if (tagged) shared.add(`${repository} ${layers.join()}`);
      });
      for (const [number, { name }] of tree.nodes.entries()) {
        if (!NAMESPACES.includes(name)) continue;
        const own = [...shared].filter((one) => within(name, one.split(' ')[0]!));
        const others = [...shared].filter((one) => !within(name, one.split(' ')[0]!));
        const contents = (list: readonly string[]) => new Set(list.map((one) => one.split(' ')[1]));
        const mine = contents(own);
        const theirs = contents(others);
        const want = expected(pushes, name);
        expect(usage.bytes[number]! - bytesOf(mine)).toBe(want.bytes);
        const alone = new Set([...mine].filter((one) => !theirs.has(one)));
        expect(usage.unique[number]! - bytesOf(alone)).toBe(want.unique);
        expect(usage.garbage[number]).toBe(want.garbage);
      }
    }),
    { numRuns: 150, seed: 7 },
  );
});

/** Apparent sizes of manifests by their lists of layers. */
function bytesOf(lists: Iterable<string | undefined>): number {
  let bytes = 0;
  for (const list of lists) {
    const layers = (list ?? '')
      .split(',')
      .filter((text) => text !== '')
      .map((n) => ({
        mediaType: 'application/octet-stream',
        digest: `sha256:${'0'.repeat(64)}`,
        size: 100 + Number(n),
      }));
    bytes += JSON.stringify({ layers }).length;
  }
  return bytes;
}

it('counts what is recent and unreferenced neither as unique nor as garbage', async () => {
  const store = new Store();
  store.at((NOW - 60) * 1000).layer('a', layer(1));
  const { facts, marks } = await outcome(store);
  const tree = new NameTree(facts.repositories);
  const { bytes, unique, garbage } = nameTreeUsage(facts, marks, tree);
  expect([[...bytes], [...unique], [...garbage]]).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
});
