/** "Policies for many repositories", groups of tags, and the policy without a file. */
import { expect } from 'vitest';
import { parsePolicy } from '../../../src/policy/file/parse.js';
import { entryFor, type Policy } from '../../../src/policy/index.js';
import { failure } from '../failure.js';
import { DAY, digestFor, expiring, image, keep, NOW, noFiles } from '../helpers.js';
import { KEEP_FIELDS } from './keep-fields.js';
import { goes, type Row, row, shownBy } from './row.js';

const wrapper = (text: string): Policy => parsePolicy(`version: 1\n${text}`, 'p.yaml', noFiles);
const grouped = (...rules: string[]): Policy =>
  wrapper(
    `repositories:\n  - match: ["**"]\n    rules:\n${rules.map((one) => `      - ${one}\n`).join('')}`,
  );

const THREE = { a: image('a', 1, ['v3']), b: image('b', 2, ['v2']), c: image('c', 3, ['v1']) };

const MANY: readonly Row[] = [
  row(
    "The first entry of `repositories` with a pattern that matches the repository's name decides.",
    () => {
      const policy = wrapper(
        'repositories:\n  - { match: ["a/**"], keepLast: 1 }\n  - { match: ["**"], keepLast: 2 }\n',
      );
      expect(['a/b', 'c'].map((name) => policy.entries.indexOf(entryFor(policy, name)!))).toEqual([
        0, 1,
      ]);
    },
  ),
  row('In a repository that no entry matches, nothing expires.', () => {
    const policy = wrapper('repositories:\n  - { match: [other], keepLast: 1 }\n');
    expect(goes(policy, THREE)).toEqual([]);
  }),
  row(
    [
      '`protect` applies in every repository, whatever the rules say.',
      'What it protects is still counted.',
    ],
    () => {
      expect(goes(keep('keepLast: 2', '{ tags: [v1] }'), THREE)).toEqual([]);
      expect(goes(keep('keepLast: 1', '{ tags: [v3] }'), THREE)).toEqual(['b', 'c']);
      expect(goes(keep('keepLast: 1', `{ digests: ["${digestFor('c')}"] }`), THREE)).toEqual(['b']);
    },
  ),
  shownBy(
    [
      'Its digests are those of manifests, or image IDs as `docker inspect` gives them.',
      'What `--keep-digests` names is protected in the same way, with its tags.',
    ],
    'policy/apply.test.ts',
    'leaves what is protected or runs, by image ID too, with its tags',
  ),
  row('`latest` is protected too, unless `protect` has `latest: false`.', () => {
    const images = { ...THREE, latest: image('latest', 99, ['latest']) };
    expect(goes(keep('keepLast: 3'), images)).toEqual([]);
    expect(goes(keep('keepLast: 3', '{ tags: [x] }'), images)).toEqual([]);
    expect(goes(keep('keepLast: 3', '{ latest: false }'), images)).toEqual(['latest']);
  }),
  shownBy(
    '`maxDelete: 20%`, `maxDelete: 500` or `{ share: 20%, images: 500 }`: if more than that of all images that the policy judges would expire, the plan is refused (13).',
    'cli/policy-warnings.test.ts',
    "describe('maxDelete'",
  ),
  shownBy(
    '`policyFile` is an ECR policy; its path is relative to this file.',
    'policy/parse-wrapper.test.ts',
    'is read with the files that it names, relative to itself',
  ),
  ...KEEP_FIELDS,
];

const GROUPS: readonly Row[] = [
  row(
    'A rule has `tags` or `untagged: true`, which tell what it selects, and at least one of the fields above.',
    () => {
      const one = (rule: string) =>
        `version: 1\nrepositories:\n  - match: [a]\n    rules: [${rule}]\n`;
      for (const rule of [
        '{ keepLast: 1 }',
        '{ tags: [a], untagged: true, keepLast: 1 }',
        '{ tags: [a] }',
        '{ untagged: true }',
      ]) {
        expect(failure(one(rule), 'p.yaml').length).toBeGreaterThan(0);
      }
    },
  ),
  row('A rule with `tags` selects an image if one of its tags matches one of the patterns.', () => {
    const images = {
      a: image('a', 1, ['x-1']),
      b: image('b', 2, ['main', 'x-2']),
      c: image('c', 3, ['y-1']),
      d: image('d', 4, ['main2']),
    };
    expect(goes(grouped('{ tags: ["x-*", "y-*"], keepLast: 1 }'), images)).toEqual(['b', 'c']);
  }),
  row(
    'With `exceptTags` it leaves out images with a tag that matches one of these: they are neither judged nor counted by this rule.',
    () => {
      const images = { ...THREE, kept: image('kept', 0.5, ['v4', 'stable']) };
      const policy = grouped('{ tags: ["v*"], exceptTags: [stable], keepLast: 1 }');
      expect(goes(policy, images)).toEqual(['b', 'c']);
    },
  ),
  row('An image stays if any rule that selects it keeps it.', () => {
    const policy = grouped('{ tags: ["*"], keepLast: 1 }', '{ tags: [v1], keepWithin: 30d }');
    expect(goes(policy, THREE)).toEqual(['b']);
  }),
  row('What no rule selects stays.', () => {
    expect(goes(grouped('{ untagged: true, keepLast: 1 }'), THREE)).toEqual([]);
  }),
  row('`keepLast` counts the images of its own rule only.', () => {
    const images = {
      a: image('a', 1, ['x-1']),
      b: image('b', 2, ['y-1']),
      c: image('c', 3, ['x-2']),
      d: image('d', 4, ['y-2']),
    };
    const policy = grouped('{ tags: ["x-*"], keepLast: 2 }', '{ tags: ["y-*"], keepLast: 1 }');
    expect(goes(policy, images)).toEqual(['d']);
  }),
  row(
    'In the example, `dev-7` stays while it is among the five newest `dev-*`, or not older than 30 days, or was pulled within 90 days.',
    () => {
      const policy = grouped(
        '{ tags: ["dev-*"], keepLast: 5, keepWithin: 30d }',
        '{ tags: ["*"], pulledWithin: 90d }',
      );
      const stays = (newer: number, days: number, pulledDaysAgo: number): boolean => {
        const others = Array.from({ length: newer }, (_, i) =>
          image(`n${i}`, i / 100, [`dev-${20 + i}`]),
        );
        const seven = image('seven', days, ['dev-7'], { pulledAt: NOW - pulledDaysAgo * DAY });
        const options = { pullsSince: NOW - 900 * DAY };
        return expiring(policy, [...others, seven], ['seven'], options).length === 0;
      };
      expect([stays(4, 400, 399), stays(5, 30, 400), stays(5, 400, 90)]).toEqual([
        true,
        true,
        true,
      ]);
      expect(stays(5, 400, 91)).toBe(false);
    },
  ),
];

const OPTIONS = 'cli/policy-options.test.ts';

const WITHOUT_A_FILE: readonly Row[] = [
  shownBy(
    "`--keep-last 10`, `--keep-within 30d` and `--keep-tags 'v*'` on `sweep`, `plan`, `analyze` and `report` are a policy with one entry for all repositories: an image stays if any of them keeps it, and `latest` is protected.",
    OPTIONS,
    '--keep-last, --keep-within and --keep-tags are a policy',
  ),
  shownBy(
    '`--repo` and `--exclude` select the repositories it applies to.',
    OPTIONS,
    '--exclude leaves repositories out, and says where it leaves none out',
  ),
  shownBy(
    "The three options can't be combined with `--policy`.",
    OPTIONS,
    'they stand in the plan, and don’t go with a file or what is no pattern',
  ),
];

export const KEEPING: readonly Row[] = [...MANY, ...GROUPS, ...WITHOUT_A_FILE];
