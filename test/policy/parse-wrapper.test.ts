import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import { failure } from './failure.js';
import { digestFor, ecrText } from './helpers.js';

describe('the wrapper', () => {
  const yaml = [
    'version: 1',
    `protect: { tags: [latest, "release-*"], digests: ["${digestFor('a')}"] }`,
    'repositories: # first match wins',
    '  - { match: ["prod/**"], policyFile: prod-ecr.json }',
    '  - { match: ["**"], keepLast: 10, keepWithin: 30d, keepTags: ["v*"], minAge: 12h, ageBy: created }',
  ].join('\n');

  it('is read with the files that it names, relative to itself', () => {
    const asked: string[] = [];
    const load = (path: string) => {
      asked.push(path);
      return ecrText({ priority: 1, status: 'untagged', days: 1 });
    };
    const rules = [
      {
        priority: 1,
        selection: { tagStatus: 'untagged' },
        limit: { kind: 'age', days: 1 },
        at: '/etc/prod-ecr.json:1:11',
      },
    ];
    expect(parsePolicy(yaml, '/etc/policy.yaml', load)).toEqual({
      file: '/etc/policy.yaml',
      protect: { tags: ['latest', 'release-*'], digests: [digestFor('a')] },
      entries: [
        {
          match: ['prod/**'],
          retention: { kind: 'ecr', rules, at: '/etc/prod-ecr.json:1:1' },
          at: '/etc/policy.yaml:4:5',
        },
        {
          match: ['**'],
          retention: {
            kind: 'keep',
            rules: [
              {
                select: 'all',
                sortBy: 'pushed',
                keepLast: 10,
                keepWithin: 30 * 86_400,
                keepTags: ['v*'],
                minAge: 12 * 3600,
              },
            ],
            grouped: false,
            ageBy: 'created',
            at: '/etc/policy.yaml:5:5',
          },
          at: '/etc/policy.yaml:5:5',
        },
      ],
    });
    expect(asked).toEqual(['/etc/prod-ecr.json']);
    parsePolicy(yaml, 'policy.yaml', load);
    parsePolicy(yaml.replace('prod-ecr', '/srv/p'), 'a/b/policy.yaml', load);
    expect(asked.slice(1)).toEqual(['prod-ecr.json', '/srv/p.json']);
  });

  it('names every problem', () => {
    const text = [
      'version: 2',
      'protect: { tags: [1.0], digests: [sha256:ab] }',
      'extra: 1',
      'repositories:',
      '  - match: ["**"]',
      '  - { match: [], keepLast: 0, keepWithin: 3 }',
      '  - { match: [a], policyFile: a.json, keepLast: 1, ageBy: pushed }',
      '  - { match: ["!x"], keepLast: 2.5, minAge: soon, keepTag: [x] }',
      '  - { keepLast: 1 }',
    ].join('\n');
    expect(failure(text, 'p.yaml').sort()).toEqual([
      'p.yaml:1:10: version: must be 1',
      'p.yaml:2:19: protect.tags[0]: must be a string',
      'p.yaml:2:35: protect.digests[0]: invalid digest: write sha256: and 64 lowercase hex digits',
      'p.yaml:3:1: extra: unknown field',
      'p.yaml:5:5: repositories[0]: requires rules, a policyFile, or one of keepLast, keepWithin, pulledWithin, keepTags, minAge: otherwise nothing is kept',
      'p.yaml:6:14: repositories[1].match: must not be empty',
      'p.yaml:6:28: repositories[1].keepLast: must be at least 1',
      'p.yaml:6:43: repositories[1].keepWithin: must be a string',
      'p.yaml:7:49: repositories[2].keepLast: is not allowed with a policyFile',
      'p.yaml:7:59: repositories[2].ageBy: is not allowed with a policyFile',
      'p.yaml:8:15: repositories[3].match[0]: "!x" would exclude, but a glob can only include; put an entry for the exceptions above this one, or exclude inside the glob: team/!(prod)/** matches everything below team except team/prod',
      'p.yaml:8:32: repositories[3].keepLast: must be a whole number',
      'p.yaml:8:45: repositories[3].minAge: invalid duration "soon"; examples: 12h, 30d, 2w',
      'p.yaml:8:51: repositories[3].keepTag: unknown field; did you mean "keepTags"?',
      'p.yaml:9:5: repositories[4].match: is missing (array)',
    ]);
  });

  it('says where the entry is whose file is missing or wrong', () => {
    expect(failure(yaml, 'p.yaml')).toEqual([
      "p.yaml:4:5: policyFile prod-ecr.json can't be read: ENOENT: prod-ecr.json",
    ]);
    expect(failure(yaml, 'p.yaml', () => yaml)).toEqual([
      'prod-ecr.json:1:1: a policyFile must contain an ECR lifecycle policy, not a list of repositories',
    ]);
    expect(failure(yaml, 'p.yaml', () => '{"rules":[]}')).toEqual([
      'prod-ecr.json:1:10: rules: must not be empty',
    ]);
  });

  it('does not follow aliases without end', () => {
    const bomb = ['version: 1', 'a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const [at, of] of ['ba', 'cb', 'dc', 'ed'].map((pair) => [...pair] as [string, string])) {
      bomb.push(`${at}: &${at} [${Array.from({ length: 10 }, () => `*${of}`).join(',')}]`);
    }
    expect(failure(bomb.join('\n'), 'p.yaml')).toEqual([
      'p.yaml:1:1: Excessive alias count indicates a resource exhaustion attack',
    ]);
  });
});
