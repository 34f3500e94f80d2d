import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision, ImageView, Policy } from '../../src/policy/index.js';
import { decideImages, lintPolicy } from '../../src/policy/index.js';
import { DAY, digestFor, ecr, keep, NOW, type ShortRule } from './helpers.js';

const SETTINGS = { seed: 20_261, numRuns: 400 };
const TAGS = ['v1', 'v2', 'v3', 'prod-1', 'prod-2', 'dev-1', 'latest', 'x'];

/** A repository: each tag on one image, references and subjects anywhere, a few times unknown. */
const repository: fc.Arbitrary<ImageView[]> = fc
  .record({
    ages: fc.array(fc.integer({ min: -10, max: 900 }), {
      minLength: 1,
      maxLength: 12,
      size: 'max',
    }),
    tags: fc.array(fc.nat(11), { minLength: TAGS.length, maxLength: TAGS.length }),
    edges: fc.array(fc.tuple(fc.nat(11), fc.nat(11), fc.constantFrom('child', 'subject', 'sig')), {
      maxLength: 6,
      size: 'max',
    }),
    odd: fc.array(fc.tuple(fc.nat(11), fc.constantFrom('unknown', 'pinned')), { maxLength: 2 }),
  })
  .map(({ ages, tags, edges, odd }) =>
    ages.map((age, i) => {
      const digest = digestFor(`i${i}`);
      const to = (kind: string) =>
        edges
          .filter(([from, , what]) => from === i && what === kind)
          .map(([, t]) => digestFor(`i${t}`));
      const own = TAGS.filter((_, t) => tags[t] === i);
      const sigs = to('sig').map((subject) => `${subject.replace(':', '-')}.sig`);
      const is = (what: string) => odd.some(([at, kind]) => at === i && kind === what);
      return {
        digest,
        tags: [...own, ...new Set(sigs)],
        pushedAt: is('unknown') ? 0 : NOW - Math.round((age * DAY) / 9),
        children: to('child'),
        attachedTo: to('subject'),
        ...(is('pinned') ? { pinned: 'damaged' } : {}),
      };
    }),
  );

const rule: fc.Arbitrary<Omit<ShortRule, 'priority'>> = fc.oneof(
  fc.record({
    prefixes: fc.uniqueArray(fc.constantFrom('v', 'prod', 'dev', 'l'), {
      minLength: 1,
      maxLength: 2,
    }),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    patterns: fc.uniqueArray(fc.constantFrom('*', '*1', 'v*', 'latest'), {
      minLength: 1,
      maxLength: 2,
    }),
    days: fc.integer({ min: 1, max: 90 }),
  }),
  fc.record({ status: fc.constant('untagged' as const), days: fc.integer({ min: 1, max: 90 }) }),
);

const selection = ({ status, prefixes, patterns }: Omit<ShortRule, 'priority'>) =>
  JSON.stringify([status, prefixes?.toSorted(), patterns?.toSorted()]);

const rules: fc.Arbitrary<ShortRule[]> = fc
  .tuple(
    fc.uniqueArray(rule, { minLength: 1, maxLength: 4, selector: selection }),
    fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  )
  .map(([list, last]) => [
    ...list.map((one, i) => ({ ...one, priority: i + 1 })),
    ...(last === undefined ? [] : [{ priority: 9, status: 'any' as const, count: last }]),
  ]);

const entry: fc.Arbitrary<string> = fc
  .record({
    keepWithin: fc.constantFrom('', 'keepWithin: 5d', 'keepWithin: 30d'),
    keepTags: fc.constantFrom('', 'keepTags: ["v*"]', 'keepTags: [latest, "prod-*"]'),
    minAge: fc.constantFrom('minAge: 1d', 'minAge: 2w'),
  })
  .map((parts) =>
    Object.values(parts)
      .filter((part) => part !== '')
      .join(', '),
  );

const policy: fc.Arbitrary<Policy> = fc.oneof(
  rules.map((list) => ecr(...list)),
  entry.map((text) => keep(text)),
);

const options = fc.record({ allowEmpty: fc.boolean(), trustMtimes: fc.boolean() });

const gone = (decisions: readonly Decision[]): string[] =>
  decisions.filter(({ action }) => action === 'expire').map(({ image }) => image.digest);

describe('for any repository and policy', () => {
  it('a decision never depends on the order of the input', () => {
    const shuffled = repository.chain((images) =>
      fc.tuple(fc.constant(images), fc.shuffledSubarray(images, { minLength: images.length })),
    );
    fc.assert(
      fc.property(policy, shuffled, options, (what, [images, other], how) => {
        expect(decideImages(what, 'app', other, NOW, how)).toEqual(
          decideImages(what, 'app', images, NOW, how),
        );
      }),
      SETTINGS,
    );
  });

  it('protected tags and digests never go, and protecting never takes more', () => {
    fc.assert(
      fc.property(policy, repository, options, fc.nat(11), (what, images, how, nth) => {
        const protect = { tags: ['prod-*', 'latest'], digests: [digestFor(`i${nth}`)] };
        const before = gone(decideImages(what, 'app', images, NOW, how));
        const after = decideImages({ ...what, protect }, 'app', images, NOW, how);
        const lost = after
          .filter(({ action }) => action === 'expire')
          .filter(
            ({ image: { digest, tags } }) =>
              protect.digests.includes(digest) ||
              tags.some((tag) => tag === 'latest' || tag.startsWith('prod-')),
          );
        expect(lost).toEqual([]);
        expect(gone(after).filter((digest) => !before.includes(digest))).toEqual([]);
      }),
      SETTINGS,
    );
  });

  it('adding keepLast never removes more', () => {
    fc.assert(
      fc.property(
        entry,
        repository,
        options,
        fc.integer({ min: 1, max: 6 }),
        (text, images, how, n) => {
          const before = gone(decideImages(keep(text), 'app', images, NOW, how));
          const after = gone(
            decideImages(keep(`${text}, keepLast: ${n}`), 'app', images, NOW, how),
          );
          expect(after.filter((digest) => !before.includes(digest))).toEqual([]);
        },
      ),
      SETTINGS,
    );
  });

  it('nothing goes that something which stays refers to, nor a referrer of what stays', () => {
    fc.assert(
      fc.property(policy, repository, options, (what, images, how) => {
        const decisions = decideImages(what, 'app', images, NOW, how);
        const expired = new Set(gone(decisions));
        const broken = decisions.flatMap(
          ({ action, image: { digest, children = [], attachedTo = [], tags } }) => {
            if (action === 'keep')
              return children.filter((child) => child !== digest && expired.has(child));
            const cosign = tags.filter((tag) => tag.endsWith('.sig'));
            const subjects = [
              ...attachedTo,
              ...cosign.map((tag) => tag.slice(0, 71).replace('-', ':')),
            ];
            return subjects.filter((subject) => !expired.has(subject));
          },
        );
        expect(broken).toEqual([]);
      }),
      SETTINGS,
    );
  });

  it('an image stays in every repository that has one which can be judged', () => {
    fc.assert(
      fc.property(policy, repository, fc.boolean(), (what, images, trustMtimes) => {
        const decisions = decideImages(what, 'app', images, NOW, { trustMtimes });
        const judged = decisions.filter(
          ({ follower, image }) => !follower && image.pinned === undefined,
        );
        const tagged = judged.filter(({ image }) => image.tags.length > 0);
        const candidates = tagged.length > 0 ? tagged : judged;
        expect(candidates.length === 0 || candidates.some(({ action }) => action === 'keep')).toBe(
          true,
        );
      }),
      SETTINGS,
    );
  });

  it('a rule that lint calls shadowed expires nothing', () => {
    fc.assert(
      fc.property(rules, repository, (list, images) => {
        const what = ecr(...list);
        const shadowed = lintPolicy(what)
          .filter(({ code }) => code === 'shadowed')
          .map(({ message }) => Number(/^rule (\d+)/.exec(message)![1]));
        const used = decideImages(what, 'app', images, NOW, { trustMtimes: true, allowEmpty: true })
          .filter(({ follower }) => !follower)
          .map(({ rule: by }) => by);
        expect(used.filter((by) => by !== undefined && shadowed.includes(by))).toEqual([]);
      }),
      SETTINGS,
    );
  });

  it('does expire something, so that the above says something', () => {
    const seen = fc
      .sample(fc.tuple(policy, repository), { ...SETTINGS, numRuns: 200 })
      .map(([what, images]) => decideImages(what, 'app', images, NOW, { trustMtimes: true }))
      .filter((decisions) => gone(decisions).length > 0);
    const followers = seen.flat().filter(({ action, follower }) => action === 'expire' && follower);
    expect(seen.length).toBeGreaterThan(50);
    expect(followers.length).toBeGreaterThan(5);
  });
});
