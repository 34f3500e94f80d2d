/** "ECR lifecycle policies", with its examples. */
import { expect } from 'vitest';
import { failure } from '../failure.js';
import { ecr, ecrText, image } from '../helpers.js';
import { ECR_EXAMPLES } from './ecr-examples.js';
import { goes, type Row, row, shownBy } from './row.js';

const rule = (selection: object, more: object = {}): string =>
  JSON.stringify({
    rules: [{ rulePriority: 1, selection, action: { type: 'expire' }, ...more }],
  });

const COUNT = { countType: 'imageCountMoreThan', countNumber: 1 };

const RULES: readonly Row[] = [
  shownBy(
    'The JSON of AWS ECR is read as it is, and so is the output of `aws ecr get-lifecycle-policy`, with the policy as a string in `lifecyclePolicyText`.',
    'policy/parse-ecr.test.ts',
    'is read as the AWS CLI prints it',
  ),
  row(
    "A policy that is given directly (`--policy prod.json`) applies to every repository in the run's scope; `--repo` narrows that.",
    () => {
      const { entries } = ecr({ priority: 1, status: 'any', count: 1 });
      expect(entries.map(({ match }) => match)).toEqual([['**']]);
    },
  ),
  row('Every rule looks at all images, as if no other rule existed.', () => {
    const policy = ecr(
      { priority: 1, prefixes: ['prod'], count: 1 },
      { priority: 2, prefixes: ['beta'], count: 1 },
    );
    const images = {
      a: image('a', 3, ['prod-1', 'beta-1']),
      b: image('b', 2, ['prod-2', 'beta-2']),
      c: image('c', 1, ['beta-3']),
      d: image('d', 4, ['beta-0']),
    };
    expect(goes(policy, images)).toEqual(['a', 'd']);
  }),
  row(
    [
      'An image belongs to the rule with the lowest `rulePriority` whose tagging requirements it meets.',
      'Only that rule can expire it, even if that rule keeps it and a later one would not.',
    ],
    () => {
      const policy = ecr(
        { priority: 9, status: 'any', days: 1 },
        { priority: 2, prefixes: ['v'], days: 30 },
      );
      expect(
        goes(policy, {
          a: image('a', 10, ['v1']),
          b: image('b', 10, ['x']),
          c: image('c', 0, ['y']),
        }),
      ).toEqual(['b']);
    },
  ),
  row('A later rule still counts the images that belong to earlier ones.', () => {
    const policy = ecr(
      { priority: 1, prefixes: ['v'], count: 9 },
      { priority: 2, status: 'any', count: 2 },
    );
    const images = {
      a: image('a', 1, ['v1']),
      b: image('b', 2, ['v2']),
      c: image('c', 3, ['x']),
    };
    expect(goes(policy, images)).toEqual(['c']);
  }),
  row(
    'With `tagStatus: tagged` a rule needs one of the two lists; with `untagged` or `any` it has none.',
    () => {
      const list = { tagPrefixList: ['v'] };
      expect(
        failure(rule({ tagStatus: 'tagged', ...COUNT, ...list, tagPatternList: ['v*'] })),
      ).toHaveLength(1);
      for (const tagStatus of ['untagged', 'any']) {
        expect(failure(rule({ tagStatus, ...COUNT, ...list }))).toHaveLength(1);
      }
    },
  ),
  row('A rule for `any` comes last.', () => {
    const text = ecrText(
      { priority: 1, status: 'any', count: 1 },
      { priority: 2, prefixes: ['v'], count: 1 },
    );
    expect(failure(text).join()).toContain('any');
  }),
  row('A list is an "and": the image needs, for each entry, a tag that matches it.', () => {
    const policy = ecr({ priority: 1, patterns: ['a*', 'b*'], days: 1 });
    const images = {
      both: image('both', 9, ['a1', 'b1']),
      one: image('one', 9, ['a2']),
      fresh: image('fresh', 0, ['x']),
    };
    expect(goes(policy, images)).toEqual(['both']);
  }),
  row(
    'In a `tagPatternList` a `*` is any text or none, up to four in an entry, and an entry without one is a complete tag.',
    () => {
      const images = {
        exact: image('exact', 9, ['v1']),
        longer: image('longer', 9, ['v1-rc']),
        fresh: image('fresh', 0, ['zz']),
      };
      const by = (pattern: string) =>
        goes(ecr({ priority: 1, patterns: [pattern], days: 1 }), images);
      expect(by('v1*')).toEqual(['exact', 'longer']);
      expect(by('v1')).toEqual(['exact']);
      expect(by('*v*1*c*')).toEqual(['longer']);
      expect(failure(ecrText({ priority: 1, patterns: ['*v*1*-*c*'], days: 1 }))).toHaveLength(1);
    },
  ),
  row('An entry of a `tagPrefixList` is the beginning of a tag.', () => {
    const policy = ecr({ priority: 1, prefixes: ['v1'], days: 1 });
    const images = {
      a: image('a', 9, ['v1']),
      b: image('b', 9, ['v10']),
      c: image('c', 9, ['xv1']),
      d: image('d', 0, ['zz']),
    };
    expect(goes(policy, images)).toEqual(['a', 'b']);
  }),
  row('`imageCountMoreThan` keeps that many of the newest images.', () => {
    const images = { a: image('a', 1, ['x']), b: image('b', 2, ['y']), c: image('c', 3, ['z']) };
    expect(goes(ecr({ priority: 1, status: 'any', count: 2 }), images)).toEqual(['c']);
  }),
  row('`sinceImagePushed` keeps those pushed within that many days.', () => {
    const images = { a: image('a', 2, ['x']), b: image('b', 2.1, ['y']), c: image('c', 1, ['z']) };
    expect(goes(ecr({ priority: 1, status: 'any', days: 2 }), images)).toEqual(['b']);
  }),
  shownBy(
    '`sinceImagePulled` keeps those last pulled within that many days.',
    'e2e/pulls.test.ts',
    'what was not pulled within the time goes, an index of which a part was pulled stays',
  ),
  row('Two rules may not have the same priority, nor select the same images.', () => {
    const same = ecrText(
      { priority: 1, prefixes: ['v'], count: 1 },
      { priority: 1, prefixes: ['w'], count: 1 },
    );
    const again = ecrText(
      { priority: 1, prefixes: ['v'], count: 1 },
      { priority: 2, prefixes: ['v'], days: 1 },
    );
    for (const text of [same, again]) expect(failure(text).length).toBeGreaterThan(0);
  }),
  shownBy(
    '`sinceImagePulled` needs [records of pulls](#pulls).',
    'policy/page/pulls.ts',
    'A policy that asks for pulls where there are no records at all is refused completely (64).',
  ),
  row(
    [
      "`sinceImageTransitioned`, actions other than `expire`, and storage classes can't be answered from a disk.",
      'A policy with one of these is refused completely, since its other rules may rely on it to claim images first.',
    ],
    () => {
      const days = { tagStatus: 'any', countUnit: 'days', countNumber: 9 };
      const pushed = { ...days, countType: 'sinceImagePushed' };
      for (const text of [
        rule({ ...days, countType: 'sinceImageTransitioned' }),
        rule(pushed, { action: { type: 'transition', targetStorageClass: 'archive' } }),
        rule({ ...pushed, storageClass: 'archive' }),
      ]) {
        expect(failure(text).length).toBeGreaterThan(0);
      }
    },
  ),
  row(
    [
      'Unlike AWS, regsweep keeps the newest tagged image of a repository (or the newest image, if none is tagged) although a rule expires it.',
      '`--allow-empty` lets it go.',
    ],
    () => {
      const policy = ecr({ priority: 1, status: 'any', days: 1 });
      const tagged = { a: image('a', 8), b: image('b', 9, ['x']), c: image('c', 10, ['y']) };
      expect(goes(policy, tagged)).toEqual(['a', 'c']);
      expect(goes(policy, { a: image('a', 8), b: image('b', 9) })).toEqual(['b']);
      expect(goes(policy, tagged, { allowEmpty: true })).toEqual(['a', 'b', 'c']);
    },
  ),
];

export const ECR: readonly Row[] = [...RULES, ...ECR_EXAMPLES];
