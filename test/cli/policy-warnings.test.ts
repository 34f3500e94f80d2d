/** What `policy check FILE ROOT` and a preview say of a policy that the tree makes look wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { makeTemp } from '../harness/temp.js';

const DAY = 86_400_000;
const AGE = ['--age-by', 'mtime', '--min-age', '0s'];
const ABSENT = `sha256:${'ab'.repeat(32)}`;

interface Warning {
  readonly code: string;
  readonly at: string;
  readonly message: string;
}

let folder: string;
let root: string;
let present: string;

/** `app` has v1.0 to v1.4, `dev` has the tags a to d; each is a week older than the one before. */
beforeAll(async () => {
  folder = await makeTemp();
  root = join(folder, 'root');
  const random = new Random('policy warnings');
  const tree = new TreeBuilder(root);
  const push = (repository: string, tag: string, weeks: number): string =>
    tree.at(Date.now() - (weeks * 7 + 1) * DAY).push(repository, images.ociImage(random), tag);
  for (let i = 0; i < 5; i++) present = push('app', `v1.${i}`, i);
  for (const [i, tag] of ['a', 'b', 'c', 'd'].entries()) push('dev', tag, i);
  return () => import('node:fs').then((fs) => fs.rmSync(folder, { recursive: true }));
});

let files = 0;
function policy(text: string): string {
  const path = join(folder, `policy-${files++}.yaml`);
  writeFileSync(path, `version: 1\n${text}\n`);
  return path;
}

async function json(...args: string[]): Promise<unknown> {
  const result = await regsweep([...args, ...AGE, '--format', 'json']);
  if (result.code !== 0) throw new Error(result.stderr);
  return result.json;
}

/** Of both commands, which must agree. */
async function warnings(text: string): Promise<string[]> {
  const file = policy(text);
  const checked = (await json('policy', 'check', file, root)) as { warnings: Warning[] };
  const shown = (await json('policy', 'preview', file, root)) as { warnings: Warning[] };
  expect(shown.warnings).toEqual(checked.warnings);
  return checked.warnings.map(({ code, at, message }) => {
    return `${code} ${at.replace(`${file}:`, '')} ${message}`;
  });
}

describe('a policy on a tree', () => {
  it.each<[string, string, string[]]>([
    [
      'patterns that all match',
      'protect: { tags: [v1.0, "/^d$/"] }\nrepositories:\n  - { match: ["**"], keepLast: 9, keepTags: ["v*"] }',
      [],
    ],
    [
      'a pattern of keepTags that matches no tag',
      'repositories:\n  - { match: [app], keepLast: 9, keepTags: ["v*", "release-*"] }',
      ['matches-no-tag 3:5 keepTags: "release-*" matches no tag of its repositories'],
    ],
    [
      'a pattern that only matches tags of other repositories',
      'repositories:\n  - { match: [app], keepLast: 9, keepTags: [a] }',
      ['matches-no-tag 3:5 keepTags: "a" matches no tag of its repositories'],
    ],
    [
      'rules that select nothing',
      'repositories:\n  - match: [app]\n    rules:\n      - { tags: ["dev-*"], keepLast: 1 }\n      - { tags: ["/^v/"], keepLast: 9, keepTags: [nothing] }',
      [
        'matches-no-tag 3:5 rules[0]: "dev-*" matches no tag of its repositories',
        'matches-no-tag 3:5 rules[1]: "nothing" matches no tag of its repositories',
      ],
    ],
    [
      'sortBy semver without a version',
      'repositories:\n  - { match: [dev], keepLast: 1, sortBy: semver }',
      [
        'matches-no-tag 3:5 keepTags: sortBy semver: no tag of its repositories is a version, so all are kept',
      ],
    ],
    [
      'a repository pattern that matches none',
      'repositories:\n  - { match: ["prod/**", app], keepLast: 9 }',
      ['matches-no-repository 3:5 match: "prod/**" matches no repository in the tree'],
    ],
    [
      'protect for nothing',
      `protect: { tags: [stable, "/^release-/"], digests: ["${ABSENT}"] }\nrepositories:\n  - { match: ["**"], keepLast: 9 }`,
      [
        'protects-nothing 1:1 protect: "stable" matches no tag in the tree, so it protects nothing',
        'protects-nothing 1:1 protect: "/^release-/" matches no tag in the tree, so it protects nothing',
        `protects-nothing 1:1 protect: ${ABSENT} is not in the tree`,
      ],
    ],
    [
      'three of five tags, and two of four',
      'repositories:\n  - { match: ["**"], keepLast: 2 }',
      ['takes-most 3:5 expires 3 of 5 tags of app'],
    ],
    [
      'three of four tags, the repository that loses most first',
      'repositories:\n  - { match: ["**"], keepLast: 1 }',
      ['takes-most 3:5 expires 4 of 5 tags of app', 'takes-most 3:5 expires 3 of 4 tags of dev'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await warnings(text)).toEqual(expected);
  });

  it('a digest that is there protects something', async () => {
    const protect = `protect: { digests: ["${present}"] }`;
    expect(await warnings(`${protect}\nrepositories:\n  - { match: ["**"], keepLast: 9 }`)).toEqual(
      [],
    );
  });

  it('rules of ECR are told by their priority', async () => {
    const rule = (rulePriority: number, list: object) => ({
      rulePriority,
      selection: { tagStatus: 'tagged', ...list, countType: 'imageCountMoreThan', countNumber: 9 },
      action: { type: 'expire' },
    });
    const file = join(folder, 'ecr.json');
    const rules = [
      rule(1, { tagPrefixList: ['prod'] }),
      rule(2, { tagPatternList: ['v*'] }),
      rule(3, { tagPatternList: ['*-rc'] }),
    ];
    writeFileSync(file, JSON.stringify({ rules }));
    const { warnings: told } = (await json('policy', 'check', file, root)) as {
      warnings: Warning[];
    };
    expect(told.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'matches-no-tag rule 1: "prod" matches no tag of its repositories',
      'matches-no-tag rule 3: "*-rc" matches no tag of its repositories',
    ]);
  });

  it('is told of these before anything else', async () => {
    const file = policy('repositories:\n  - { match: ["**"], keepLast: 1, keepTags: ["x-*"] }');
    for (const command of ['check', 'preview']) {
      const { code, stdout } = await regsweep(['policy', command, file, root, ...AGE]);
      expect(code).toBe(0);
      const lines = stdout.split('\n').map((line) => line.replaceAll(file, 'F'));
      expect(lines.slice(0, 4)).toEqual([
        expect.stringMatching(/\bF\b/),
        'warning F:3:5: keepTags: "x-*" matches no tag of its repositories',
        'warning F:3:5: expires 4 of 5 tags of app',
        'warning F:3:5: expires 3 of 4 tags of dev',
      ]);
    }
  });
});

describe('maxDelete', () => {
  const KEEP_TWO = 'repositories:\n  - { match: ["**"], keepLast: 2 }';

  /** Five of the nine images would expire. */
  it.each([
    ['60%', undefined],
    ['55%', '55%'],
    ['5', undefined],
    ['4', '4 images'],
    ['{ share: 60%, images: 5 }', undefined],
    ['{ share: 50%, images: 100 }', '50% and 100 images'],
    ['{ share: 90%, images: 4 }', '90% and 4 images'],
    ['0', '0 images'],
  ])('%s', async (limit, allowed) => {
    const file = policy(`maxDelete: ${limit}\n${KEEP_TWO}`);
    const commands = [
      ['policy', 'preview', file],
      ['plan', '--policy', file, '--max-delete', '100%'],
    ];
    for (const command of commands) {
      const args = [...command, '--root', root, ...AGE, '--detailed-exitcode'];
      const { code, stderr } = await regsweep(args);
      if (allowed === undefined) expect([code, stderr]).toEqual([2, '']);
      else {
        expect(code).toBe(13);
        expect(stderr).toContain(
          `5 of 9 images would expire; ${file} allows at most ${allowed} (maxDelete)`,
        );
      }
    }
  });

  it.each(['-1', '150%', 'many', '{}', '{ tags: 3 }'])('%s is refused', async (limit) => {
    const file = policy(`maxDelete: ${limit}\n${KEEP_TWO}`);
    expect((await regsweep(['policy', 'check', file])).code).toBe(64);
  });
});
