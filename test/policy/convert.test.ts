/** Policies of other programs, rewritten, give what these programs document. */
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/policy/file/parse.js';
import {
  convertPolicy,
  type DecideOptions,
  type ImageView,
  lintPolicy,
} from '../../src/policy/index.js';
import { DAY, ecrText, expiring, image, NOW, noFiles } from './helpers.js';

const converted = (source: unknown): string => convertPolicy(JSON.stringify(source), 'theirs.json');

function goes(text: string, images: readonly ImageView[], options: DecideOptions = {}): string[] {
  const policy = parsePolicy(text, 'ours.yaml', noFiles);
  const names = images.flatMap(({ tags, digest }) => tags[0] ?? digest);
  const all = expiring(
    policy,
    images,
    images.map((_, i) => `i${i}`),
    options,
  );
  return all.map((name) => names[Number(name.slice(1))]!).sort();
}

const pushed = (...rows: [number, ...string[]][]): ImageView[] =>
  rows.map(([days, ...tags], i) => image(`i${i}`, days, tags));

describe('Harbor', () => {
  const policy = {
    algorithm: 'or',
    rules: [
      {
        disabled: false,
        action: 'retain',
        template: 'latestPushedK',
        params: { latestPushedK: 2 },
        tag_selectors: [
          {
            kind: 'doublestar',
            decoration: 'matches',
            pattern: 'dev-**',
            extras: '{"untagged":true}',
          },
        ],
        scope_selectors: {
          repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
        },
      },
      {
        action: 'retain',
        template: 'nDaysSinceLastPush',
        params: { nDaysSinceLastPush: 30 },
        tag_selectors: [
          {
            kind: 'doublestar',
            decoration: 'excludes',
            pattern: 'dev-**',
            extras: '{"untagged":false}',
          },
        ],
        scope_selectors: {
          repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
        },
      },
      {
        disabled: true,
        action: 'retain',
        template: 'always',
        tag_selectors: [],
        scope_selectors: {},
      },
    ],
  };

  it('retains the most recently pushed K, and what was pushed within N days', () => {
    const images = pushed(
      [9, 'dev-1'],
      [8, 'dev-2'],
      [7, 'dev-3'],
      [40, 'v1'],
      [20, 'v2'],
      [1],
      [2],
      [3],
    );
    expect(goes(converted(policy), images)).toEqual([images[7]!.digest, 'dev-1', 'v1'].sort());
    expect(converted(policy)).toContain('Here each kind has its own count.');
  });

  it('several alternatives are excluded together', () => {
    const [first] = policy.rules;
    const selector = { decoration: 'excludes', pattern: '{dev,test}-**' };
    const rule = { ...first, params: { latestPushedK: 1 }, tag_selectors: [selector] };
    const images = pushed([1, 'dev-1'], [2, 'test-1'], [3, 'v2'], [4, 'v1']);
    expect(goes(converted({ rules: [rule] }), images)).toEqual(['v1']);
  });

  it('what can’t be said is named', () => {
    const text = converted({
      rules: [{ template: 'latestPulledN', params: { latestPulledN: 5 }, tag_selectors: [] }],
    });
    expect(text).toContain("# - The template latestPulledN can't be converted");
    expect(converted(policy)).toContain(
      'Harbor removes images that no rule retains. Here images that no rule selects are kept',
    );
  });
});

describe('GitLab', () => {
  it('of what name_regex matches, keep_n, older_than and name_regex_keep decide', () => {
    const text = converted({
      container_expiration_policy_attributes: {
        ...{ cadence: '1d', enabled: true, keep_n: 1, older_than: '7d' },
        ...{ name_regex: 'feature-.*', name_regex_keep: '.*-keep' },
      },
    });
    const images = pushed(
      [1, 'main'],
      [30, 'v1'],
      [2, 'feature-new'],
      [5, 'feature-week'],
      [20, 'feature-old'],
      [20, 'feature-x-keep'],
      [90, 'my-feature-old'],
    );
    expect(goes(text, images)).toEqual(['feature-old']);
  });

  it('keep_n counts neither latest nor what name_regex_keep keeps', () => {
    const images = pushed([1, 'latest'], [2, 'a-keep'], [3, 'b-keep'], [4, 'c'], [5, 'd']);
    const policy = { keep_n: 1, name_regex: '.*', name_regex_keep: '.*-keep' };
    expect(goes(converted(policy), images)).toEqual(['d']);
  });

  it('.* is every tag, and latest is never removed', () => {
    const images = pushed([1, 'a'], [2, 'b'], [300, 'latest']);
    expect(goes(converted({ keep_n: 1, name_regex: '.*' }), images)).toEqual(['b']);
  });
});

describe('Google Artifact Registry', () => {
  it('a Keep policy outweighs a Delete policy', () => {
    const text = converted([
      { name: 'old', action: { type: 'Delete' }, condition: { tagState: 'any', olderThan: '30d' } },
      {
        name: 'releases',
        action: { type: 'Keep' },
        condition: { tagState: 'tagged', tagPrefixes: ['release'] },
      },
      { name: 'last', action: { type: 'Keep' }, mostRecentVersions: { keepCount: 1 } },
    ]);
    const images = pushed(
      [40, 'release-1'],
      [50, 'dev-1'],
      [45, 'dev-2'],
      [29, 'dev-3'],
      [60],
      [70],
    );
    expect(goes(text, images)).toEqual([images[5]!.digest, 'dev-1', 'dev-2'].sort());
  });

  it('seconds are read, and a condition that would narrow is not left out silently', () => {
    const text = converted([
      {
        name: 'pr',
        action: { type: 'Delete' },
        condition: { tagPrefixes: ['pr-'], olderThan: '604800s' },
      },
      {
        name: 'pkg',
        action: { type: 'Delete' },
        condition: { packageNamePrefixes: ['x'], olderThan: '1d' },
      },
    ]);
    expect(goes(text, pushed([8, 'pr-1'], [6, 'pr-2'], [90, 'v1']))).toEqual(['pr-1']);
    expect(text).toContain(
      "# - pkg: packageNamePrefixes can't be converted, and the policy would select more without it",
    );
  });
});

describe('zot', () => {
  it('tags stay by count or by time, untagged ones for the delay', () => {
    const text = converted({
      storage: {
        retention: {
          delay: '24h',
          policies: [
            {
              repositories: ['**'],
              deleteUntagged: true,
              keepTags: [
                { patterns: ['v2.*'], mostRecentlyPushedCount: 1, pulledWithin: '720h' },
                { patterns: ['main'] },
              ],
            },
          ],
        },
      },
    });
    const images = [
      ...pushed([90, 'v2.0'], [80, 'v2.1'], [70, 'v2.2'], [400, 'main'], [2]),
      image('i5', 85, ['v2.3'], { pulledAt: NOW - 29 * DAY }),
      image('i6', 0.5),
    ];
    expect(goes(text, images, { pullsSince: NOW - 300 * DAY })).toEqual(
      [images[4]!.digest, 'v2.0', 'v2.1'].sort(),
    );
  });
});

describe('what has no file of its own', () => {
  it('Gitea: keep_count, keep_pattern, remove_days, remove_pattern', () => {
    const text = `version: 1
repositories:
  - match: ["**"]
    rules:
      - { tags: ["/^(?:dev-.*)$/"], keepLast: 1, keepWithin: 7d, keepTags: ["/^(?:.*-keep)$/"] }
`;
    const images = pushed([1, 'dev-5'], [6, 'dev-4'], [8, 'dev-3'], [90, 'dev-2-keep'], [90, 'v1']);
    expect(goes(text, images)).toEqual(['dev-3']);
  });

  it('acr purge --filter "app:^dev" --ago 30d --keep 2 --untagged', () => {
    const text = `version: 1
protect: { latest: false }
repositories:
  - match: ["**"]
    rules:
      - { tags: ["/^dev/"], keepWithin: 30d, keepLast: 2 }
      - { untagged: true, keepWithin: 30d }
`;
    const images = pushed([31, 'dev-1'], [32, 'dev-2'], [33, 'dev-3'], [31, 'x-dev'], [31], [29]);
    expect(goes(text, images)).toEqual([images[4]!.digest, 'dev-3'].sort());
  });
});

describe('an article’s policy for ECR', () => {
  it('comes out as AWS writes it', () => {
    const text =
      '{"rules":[{"selection":{"tag_status":"untagged","count_type":"sinceImagePushed","count_units":"days","count_number":14},"action":"delete"}]}';
    const out = JSON.parse(convertPolicy(text, 'a.json'));
    expect(out.rules).toEqual([
      {
        rulePriority: 1,
        selection: {
          tagStatus: 'untagged',
          countType: 'sinceImagePushed',
          countUnit: 'days',
          countNumber: 14,
        },
        action: { type: 'expire' },
      },
    ]);
    expect(
      JSON.parse(convertPolicy(ecrText({ priority: 3, patterns: ['a*'], count: 2 }), 'b.json'))
        .rules[0].rulePriority,
    ).toBe(3);
  });

  it('a regular expression has no word there', () => {
    const text =
      '{"rules":[{"selection":{"tagSelector":{"tagPattern":"^dev"},"countType":"imageCountMoreThan","countNumber":1},"action":"expire"}]}';
    expect(() => convertPolicy(text, 'a.json')).toThrow('which ECR does not support: /^dev/');
  });
});

it('what is printed is a valid policy', () => {
  for (const source of [
    { keep_n: 5 },
    { enabled: true, name_regex: '' },
    [{ name: 'x', action: { type: 'Keep' } }],
  ]) {
    expect(() => lintPolicy(parsePolicy(converted(source), 'x.yaml', noFiles))).not.toThrow();
  }
});
