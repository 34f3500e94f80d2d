/** Random stores: the mark against an oracle that shares nothing with it. */
import fc from 'fast-check';
import { vol } from 'memfs';
import { expect, it, vi } from 'vitest';
import { digestOf } from '../../src/facts/types.js';
import type { Digest } from '../../src/storage/digest.js';
import * as layout from '../../src/storage/layout.js';
import {
  DAY,
  descriptorOf,
  factsOf,
  gone,
  imageJson,
  indexJson,
  NOW,
  OLD,
  planOf,
  ROOT,
} from '../facts/helpers.js';
import { TreeBuilder } from '../harness/offline.js';
import { oracle } from '../harness/oracle.js';

vi.mock('node:fs', async () => {
  const { fs } = await import('memfs');
  return { ...fs, default: fs };
});

const REPOSITORIES = ['a', 'a/b', 'c', 'c/d/e'];
const TAGS = ['v1', 'v2', 'latest'];

/** One push, retag, or untagging; numbers pick among what is there already. */
interface Step {
  readonly what:
    | 'image'
    | 'index'
    | 'referrer'
    | 'artifact'
    | 'retag'
    | 'untag'
    | 'unlink'
    | 'layer'
    | 'blob';
  readonly repository: number;
  readonly tag: number;
  readonly picks: readonly number[];
  readonly young: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom<Step['what'][]>(
    'image',
    'image',
    'index',
    'referrer',
    'artifact',
    'retag',
    'untag',
    'unlink',
    'layer',
    'blob',
  ),
  repository: fc.nat(REPOSITORIES.length - 1),
  tag: fc.nat(TAGS.length),
  picks: fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
  young: fc.boolean(),
});

function build(steps: readonly Step[], youngToo: boolean): TreeBuilder {
  vol.reset();
  const tree = new TreeBuilder(ROOT);
  const blobs: Digest[] = [];
  const manifests: Digest[] = [];
  /** Those that are no referrers: a child needs no link of its own, a referrer does. */
  const plain: Digest[] = [];
  const pick = (from: readonly Digest[], n: number): Digest[] =>
    from.length === 0 ? [] : [from[n % from.length]!];
  steps.forEach(({ what, repository: r, tag: t, picks, young }, i) => {
    const repository = REPOSITORIES[r]!;
    const tag = TAGS.slice(t, t + 1);
    const [x = 0, y = 0, z = 0] = picks;
    tree.at((youngToo && young ? NOW - 60 : OLD) * 1000);
    const put = (json: unknown): void => {
      const digest = tree.manifest(repository, json, ...tag);
      manifests.push(digest);
      if (what !== 'referrer') plain.push(digest);
    };
    const own = (): Digest => {
      const digest = tree.layer(repository, `layer ${i}`);
      blobs.push(digest);
      return digest;
    };
    const image = (extra = {}) => imageJson(own(), [...pick(blobs, x), ...pick(blobs, y)], extra);
    if (what === 'image') put(image());
    else if (what === 'index') put(indexJson([...pick(manifests, x), ...pick(manifests, y)]));
    else if (what === 'artifact') put({ artifactType: 'x', blobs: [descriptorOf(own())] });
    else if (what === 'referrer') {
      const [subject] = pick(manifests, z);
      put(image(subject === undefined ? {} : { subject: descriptorOf(subject) }));
    } else if (what === 'layer') own();
    else if (what === 'blob') tree.blob(`blob ${i}`);
    else if (what === 'retag') {
      for (const target of pick(manifests, x))
        for (const one of tag) tree.tag(repository, one, target);
    } else if (what === 'unlink') {
      for (const one of pick(plain, x)) remove(tree, layout.revisionPath(repository, one));
    } else for (const one of tag) remove(tree, layout.tagPath(repository, one));
  });
  return tree;
}

/** As the API's DELETE does it: of a manifest only the link goes, of a tag everything. */
function remove(tree: TreeBuilder, path: string): void {
  if (vol.existsSync(`${tree.v2}/${path}`)) vol.rmSync(`${tree.v2}/${path}`, { recursive: true });
}

const facts = () => factsOf(vol as never);
const history = fc.array(step, { minLength: 5, maxLength: 40 });
const runs = { seed: 20_260_101, numRuns: 250 } as const;

it('old things: garbage is what the oracle says, no more and no less', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), async (steps, deleteUntagged) => {
      build(steps, false);
      const expected = oracle(ROOT, deleteUntagged);
      const result = planOf(await facts(), { deleteUntagged });
      expect(gone(result)).toEqual(expected.garbage);
      const revisions = result.actions.filter(({ kind }) => kind === 'revision');
      expect(revisions.map(({ repository, digest }) => `${repository}@${digest}`).sort()).toEqual(
        deleteUntagged ? expected.expired : [],
      );
    }),
    runs,
  );
});

it('young and old things: no live blob is ever in the plan, and what goes is garbage', async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.boolean(),
      fc.constantFrom(0, DAY, 100 * DAY),
      async (steps, deleteUntagged, minAge) => {
        build(steps, true);
        const { live, garbage } = oracle(ROOT, deleteUntagged);
        const going = gone(planOf(await facts(), { deleteUntagged, minAge }));
        expect(going.filter((digest) => live.includes(digest))).toEqual([]);
        expect(going.filter((digest) => !garbage.includes(digest))).toEqual([]);
      },
    ),
    { ...runs, seed: 20_260_102 },
  );
});

it('done by hand, a plan leaves a whole store, of which a second plan takes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), async (steps, deleteUntagged) => {
      const tree = build(steps, false);
      const { live } = oracle(ROOT, deleteUntagged);
      const { actions } = planOf(await facts(), { deleteUntagged });
      for (const { kind, path } of actions) {
        const where = `${tree.v2}/${path}`;
        if (kind === 'empty-directory') vol.rmdirSync(where);
        else vol.renameSync(where, `/trash-${path.replaceAll('/', ' ')}`);
      }
      const after = await facts();
      expect(oracle(ROOT, deleteUntagged)).toEqual({ live, garbage: [], expired: [] });
      expect(Array.from({ length: after.blobs.count }, (_, n) => digestOf(after, n))).toEqual(live);
      // A retag across repositories is the only damage that the steps do themselves.
      const damage = after.findings.codes().filter((code) => code !== 'tag-without-revision');
      expect(damage).toEqual([]);
      expect(planOf(after, { deleteUntagged }).lines).toEqual([]);
    }),
    { ...runs, seed: 20_260_103, numRuns: 100 },
  );
});
