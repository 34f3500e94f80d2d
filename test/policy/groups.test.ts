/** Groups: an image stays if any rule that selects it keeps it, and if no rule selects it. */
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import type { DecideOptions, ImageView, Policy } from '../../src/policy/index.js';
import { lintPolicy } from '../../src/policy/index.js';
import { compareVersions, versionOf } from '../../src/policy/rules/versions.js';
import { DAY, expiring, image, NOW, noFiles, outcome } from './helpers.js';

const policyOf = (rules: string, head = ''): Policy =>
  parsePolicy(
    `version: 1\n${head}\nrepositories:\n  - match: ["**"]\n    rules:\n${rules}`,
    'policy.yaml',
    noFiles,
  );

const ISSUE = `
      - { tags: ["dev-*"], keepLast: 2, keepWithin: 30d }
      - { tags: ["/^v?[0-9]/"], keepLast: 2, sortBy: semver }
      - { untagged: true, keepWithin: 7d }
      - { tags: ["*"], pulledWithin: 90d }`;
const PULLS: DecideOptions = { pullsSince: NOW - 200 * DAY };

describe('groups', () => {
  it('each image stays by whichever rule keeps it', () => {
    const images: ImageView[] = [
      image('dev1', 100, ['dev-1']),
      image('dev2', 99, ['dev-2']),
      image('dev3', 98, ['dev-3']),
      image('devUsed', 150, ['dev-0'], { pulledAt: NOW - 89 * DAY }),
      image('v9', 180, ['1.0.9']),
      image('v10', 190, ['v1.0.10']),
      image('rc', 95, ['v1.0.9-rc.1']),
      image('other', 120, ['main']),
      image('fresh', 6),
      image('stale', 8),
      image('latest', 300, ['latest']),
    ];
    const names = [
      'dev1',
      'dev2',
      'dev3',
      'devUsed',
      'v9',
      'v10',
      'rc',
      'other',
      'fresh',
      'stale',
      'latest',
    ];
    expect(outcome(policyOf(ISSUE), images, names, PULLS)).toEqual({
      dev1: 'expire: not kept by dev-*: keepLast 2, keepWithin 30d (rule 1), nor by *: pulledWithin 90d (rule 4)',
      dev2: 'keep: keepLast: 2 (rule 1)',
      dev3: 'keep: keepLast: 2 (rule 1)',
      devUsed: 'keep: pulledWithin: 90d (rule 4)',
      v9: 'keep: keepLast: 2 (rule 2)',
      v10: 'keep: keepLast: 2 (rule 2)',
      rc: 'expire: not kept by /^v?[0-9]/: keepLast 2, sortBy semver (rule 2), nor by *: pulledWithin 90d (rule 4)',
      other: 'expire: not kept by *: pulledWithin 90d (rule 4)',
      fresh: 'keep: keepWithin: 1w (rule 3)',
      stale: 'expire: not kept by untagged: keepWithin 1w (rule 3)',
      latest: 'keep: protect: latest',
    });
  });

  it('what no rule selects stays', () => {
    const images = [
      image('a', 900, ['a']),
      image('b', 900, ['b-1']),
      image('c', 800, ['b-2']),
      image('d', 900),
    ];
    const names = ['a', 'b', 'c', 'd'];
    expect(expiring(policyOf('      - { tags: ["b-*"], keepLast: 1 }'), images, names)).toEqual([
      'b',
    ]);
    expect(expiring(policyOf('      - { untagged: true, keepLast: 1 }'), images, names)).toEqual(
      [],
    );
  });

  it('what has an excepted tag is neither selected nor counted', () => {
    const images = [
      image('a', 1, ['x-1', 'keep']),
      image('b', 2, ['x-2']),
      image('c', 3, ['x-3']),
      image('d', 4, ['keep-x', 'x-4']),
    ];
    const rule = '      - { tags: ["x-*"], exceptTags: ["keep*"], keepLast: 1 }';
    expect(outcome(policyOf(rule), images, ['a', 'b', 'c', 'd'])).toEqual({
      a: 'keep: no rule selects it',
      b: 'keep: keepLast: 1 (rule 1)',
      c: 'expire: not kept by x-* except keep*: keepLast 1 (rule 1)',
      d: 'keep: no rule selects it',
    });
  });

  it('the count of a group is of its own images alone', () => {
    const images = [
      image('a', 1, ['x-1']),
      image('b', 2, ['x-2']),
      image('c', 3, ['y-1']),
      image('d', 4, ['y-2']),
      image('e', 5, ['x-3', 'y-3']),
    ];
    const policy = policyOf(
      '      - { tags: ["x-*"], keepLast: 1 }\n      - { tags: ["y-*"], keepLast: 2 }',
    );
    expect(expiring(policy, images, ['a', 'b', 'c', 'd', 'e'])).toEqual(['b', 'e']);
  });

  it('tags that are no version are not selected by semver, nor is what has no tag', () => {
    const rule = '      - { tags: ["*"], keepLast: 1, sortBy: semver }';
    const images = [
      image('main', 400, ['main']),
      image('a', 1, ['1.0.9']),
      image('b', 300, ['v1.0.10', 'stable']),
      image('untagged', 500),
    ];
    expect(expiring(policyOf(rule), images, ['main', 'a', 'b', 'untagged'])).toEqual(['a']);
  });

  it('by version, equal versions stay together and push times don’t matter', () => {
    const images = ['1.2', 'v1.2.0', '1.1', '1.0'].map((tag, i) => image(`i${i}`, 50, [tag]));
    const names = images.map((_, i) => `i${i}`);
    const rule = '      - { tags: ["*"], keepLast: 1, sortBy: semver }';
    expect(expiring(policyOf(rule), images, names)).toEqual(['i2', 'i3']);
  });

  it('by name, numbers count as numbers', () => {
    const images = ['b9', 'b10', 'b1'].map((tag, i) => image(`i${i}`, i, [tag]));
    const rule = '      - { tags: ["b*"], keepLast: 1, sortBy: name }';
    expect(expiring(policyOf(rule), images, ['i0', 'i1', 'i2'])).toEqual(['i0', 'i2']);
  });

  it('latest is protected unless the policy says otherwise', () => {
    const images = [image('a', 1, ['x']), image('b', 300, ['latest'])];
    const rule = '      - { tags: ["*"], keepLast: 1 }';
    expect(expiring(policyOf(rule), images, ['a', 'b'])).toEqual([]);
    expect(expiring(policyOf(rule, 'protect: { tags: [y] }'), images, ['a', 'b'])).toEqual([]);
    expect(expiring(policyOf(rule, 'protect: { latest: false }'), images, ['a', 'b'])).toEqual([
      'b',
    ]);
  });
});

describe('pulls', () => {
  const rule = '      - { tags: ["*"], pulledWithin: 90d }';
  const last = (more: Partial<ImageView>, since: number | undefined) =>
    expiring(
      policyOf(rule),
      [image('a', 400, ['a'], more), image('b', 1, ['b'])],
      ['a', 'b'],
      since === undefined ? {} : { pullsSince: NOW - since * DAY },
    );

  it.each<[string, Partial<ImageView>, number | undefined, string[]]>([
    ['no record, and records over more than that time', {}, 91, ['a']],
    ['no record, and records over exactly that time', {}, 90, []],
    ['records that cover less than that time', {}, 30, []],
    ['no records at all', {}, undefined, []],
    ['a pull within that time', { pulledAt: NOW - 90 * DAY }, 300, []],
    ['a pull before it', { pulledAt: NOW - 91 * DAY }, 300, ['a']],
    ['a tag that was taken away within that time', { touchedAt: NOW - 5 * DAY }, 300, []],
  ])('%s', (_, more, since, expected) => {
    expect(last(more, since)).toEqual(expected);
  });
});

describe('versions', () => {
  it('sort as they should', () => {
    const sorted =
      `0.9 1.0.0-alpha 1.0.0-alpha.1 1.0.0-beta.2 1.0.0-beta.11 v1.0.0-rc9 1.0.0-rc10 1.0.0 1.0.9 v1.0.10
      1.2 1.10 V2 2024.01.05 2024.1.10 20240101`.split(/\s+/);
    const shuffled = [...sorted].reverse();
    shuffled.sort((a, b) => compareVersions(versionOf(a)!, versionOf(b)!));
    expect(shuffled).toEqual(sorted);
  });

  it.each([
    'latest',
    'main',
    'v',
    '1.2.3.4',
    'release-1.2',
    '1.x',
    '',
    '1.0_x',
    `1.${'9'.repeat(20)}`,
  ])('%j is none', (tag) => {
    expect(versionOf(tag)).toBeUndefined();
  });
});

it('warns of an expression that selects anywhere in a tag', () => {
  const rule = (text: string) => lintPolicy(policyOf(`      - { tags: ["${text}"], keepLast: 1 }`));
  expect(rule('/dev/').map(({ code }) => code)).toEqual(['unanchored']);
  expect([...rule('/^dev/'), ...rule('/dev$/i'), ...rule('dev*')]).toEqual([]);
});

describe('what a group can’t be', () => {
  it.each([
    ['{ keepLast: 3 }', 'requires either tags or untagged'],
    ['{ tags: [a], untagged: true, keepLast: 3 }', 'requires either tags or untagged'],
    ['{ tags: [a] }', 'requires one of keepLast, keepWithin, pulledWithin, keepTags, minAge'],
    [
      '{ untagged: true, keepLast: 3, sortBy: semver }',
      'untagged images can’t be sorted by semver',
    ],
    ['{ tags: [a], keepWithin: 3d, sortBy: name }', 'requires keepLast'],
    ['{ untagged: false, keepLast: 3 }', 'must be true'],
    ['{ tags: ["!a"], keepLast: 3 }', 'would exclude'],
    ['{ tags: ["^v1"], keepLast: 3 }', 'as a regular expression: "/^v1/"'],
    ['{ tags: [a], keepLast: 3, ageBy: created }', 'ageBy: unknown field'],
    ['{ tags: [a], keepWithin: 30 }', 'must be a string'],
  ])('%s', (rule, message) => {
    expect(() => policyOf(`      - ${rule}`)).toThrow(message);
  });

  it('rules and the short form, or a file, in one entry', () => {
    const text = (entry: string) =>
      `version: 1\nrepositories:\n  - { match: ["**"], rules: [{ tags: [a], keepLast: 1 }], ${entry} }`;
    const parse = (entry: string) => () => parsePolicy(text(entry), 'p.yaml', noFiles);
    expect(parse('keepLast: 2')).toThrow('keepLast: is not allowed with rules');
    expect(parse('sortBy: semver')).toThrow('sortBy: is not allowed with rules');
    expect(parse('policyFile: x.json')).toThrow('rules: is not allowed with a policyFile');
  });
});
