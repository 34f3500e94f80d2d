import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import { lintPolicy } from '../../src/policy/index.js';
import { ecr, ecrText, keep, noFiles, type ShortRule } from './helpers.js';

const messages = (...rules: ShortRule[]) =>
  lintPolicy(ecr(...rules)).map(({ code, message }) => `${code}: ${message}`);

describe('lint', () => {
  it.each<[string, ShortRule[], string[]]>([
    [
      'nothing to say',
      [
        { priority: 1, prefixes: ['prod'], count: 5 },
        { priority: 2, status: 'any', count: 5 },
      ],
      [],
    ],
    [
      'a list is a conjunction',
      [{ priority: 1, prefixes: ['prod', 'dev'], count: 5 }],
      [
        'list-is-and: rule 1 selects only images that match all of prod, dev; to select images that match any of them, write one rule for each',
      ],
    ],
    [
      'a pattern without a wildcard',
      [{ priority: 1, patterns: ['prod'], count: 5 }],
      ['single-tag: rule 1: the pattern "prod" has no wildcard, so it matches only that tag'],
    ],
    [
      'no tag looks like that',
      [
        { priority: 1, prefixes: ['prod*'], count: 5 },
        { priority: 2, patterns: ['a/*'], count: 5 },
      ],
      [
        'never-matches: rule 1: no tag can match "prod*" (* is not a wildcard in a tagPrefixList; use a tagPatternList)',
        'never-matches: rule 2: no tag can match "a/*"',
      ],
    ],
    [
      'a rule behind a wider one',
      [
        { priority: 1, prefixes: ['v'], count: 5 },
        { priority: 2, patterns: ['v1*-rc*'], count: 5 },
      ],
      ['shadowed: rule 2 never expires anything: rule 1 selects all of its images first'],
    ],
    [
      'a narrower rule first',
      [
        { priority: 1, patterns: ['v1*'], count: 5 },
        { priority: 2, prefixes: ['v'], count: 5 },
      ],
      [],
    ],
    [
      'any behind all',
      [
        { priority: 1, patterns: ['*'], count: 5 },
        { priority: 2, status: 'untagged', count: 5 },
        { priority: 3, status: 'any', count: 5 },
      ],
      [
        'shadowed: rule 3 never expires anything: the rules before it select all images, tagged and untagged',
      ],
    ],
    [
      'age alone',
      [
        { priority: 1, patterns: ['v*'], days: 30 },
        { priority: 2, status: 'any', days: 30 },
      ],
      [
        'empties-repository: rule 2: any, pushed more than 30 days ago: would empty a repository without a push for 30 days; its last image is kept unless --allow-empty is given',
      ],
    ],
  ])('%s', (_, rules, expected) => {
    expect(messages(...rules)).toEqual(expected);
  });

  it('says that a pasted policy was for one repository', () => {
    const text = JSON.stringify({
      repositoryName: 'app',
      lifecyclePolicyText: ecrText({ priority: 1, status: 'any', count: 3 }),
    });
    expect(lintPolicy(parsePolicy(text, 'p.json', noFiles))).toEqual([
      {
        code: 'other-repository',
        at: 'p.json:1:47: lifecyclePolicyText, there 1:1',
        message:
          'this policy is from the repository "app"; here it applies to every repository it is used for',
      },
    ]);
  });

  it.each([
    ['keepLast: 3', []],
    [
      'keepWithin: 2w, minAge: 1d',
      [
        'no keepLast: would empty a repository without a push for 2w; its last image is kept unless --allow-empty is given',
      ],
    ],
    [
      'keepWithin: 30d, ageBy: created',
      [
        'no keepLast: would empty a repository without a new image for 30d; its last image is kept unless --allow-empty is given',
      ],
    ],
    [
      'keepTags: [x]',
      [
        'no keepLast: would empty a repository in which no tag matches keepTags; its last image is kept unless --allow-empty is given',
      ],
    ],
  ])('an entry with %s', (entry, expected) => {
    expect(lintPolicy(keep(entry)).map(({ message }) => message)).toEqual(expected);
  });

  it('finds entries that are never reached, and says a shared file’s warnings once', () => {
    const text = [
      'version: 1',
      'repositories:',
      '  - { match: ["prod/**"], policyFile: a.json }',
      '  - { match: ["prod/web", "prod/x/*"], keepLast: 1 }',
      '  - { match: ["dev", "prod"], policyFile: a.json }',
      '  - { match: ["**"], keepLast: 1 }',
      '  - { match: ["late/*"], keepLast: 1 }',
    ].join('\n');
    const load = () => ecrText({ priority: 1, patterns: ['x'], count: 1 });
    const got = lintPolicy(parsePolicy(text, 'p.yaml', load));
    expect(got).toEqual([
      {
        code: 'shadowed',
        at: 'p.yaml:4:5',
        message: 'never applies: earlier entries match all of prod/web, prod/x/*',
      },
      {
        code: 'shadowed',
        at: 'p.yaml:7:5',
        message: 'never applies: earlier entries match all of late/*',
      },
      {
        code: 'single-tag',
        at: 'a.json:1:11',
        message: 'rule 1: the pattern "x" has no wildcard, so it matches only that tag',
      },
    ]);
  });
});
