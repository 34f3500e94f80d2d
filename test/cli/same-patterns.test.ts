/** A pattern means the same wherever one may stand. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/util/pattern/index.js';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { Random } from '../harness/random.js';
import { makeTemp } from '../harness/temp.js';

const DAY = 86_400_000;
const TAGS = ['dev1', 'v1', 'v1-rc', 'v2'];
const REPOSITORIES = ['dev/a', 'prod', 'prod/a', 'prod/b/c'];
const FLAGS = ['--min-age', '0s', '--age-by', 'mtime', '--max-delete', '100%', '--format', 'json'];

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await makeTemp();
  root = join(folder, 'root');
  const random = new Random('same patterns');
  const tree = new TreeBuilder(root);
  for (const repository of REPOSITORIES) {
    for (const [i, tag] of TAGS.entries()) {
      tree.at(Date.now() - (9 - i) * DAY).push(repository, images.ociImage(random), tag);
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Row {
  readonly kind: string;
  readonly repository: string;
  readonly tag?: string;
}

async function rows(...args: string[]): Promise<Row[]> {
  const result = await regsweep([...args, '--root', root, ...FLAGS]);
  if (result.code !== 0) throw new Error(`exit ${result.code}: ${result.stderr}`);
  const { actions, removed } = result.json as { actions?: Row[]; removed?: Row[] };
  return [...(actions ?? []), ...(removed ?? [])].filter(({ kind }) => kind === 'tag');
}

async function byPolicy(text: string): Promise<Row[]> {
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, `version: 1\n${text}\n`);
  return rows('plan', '--policy', file, '--allow-empty');
}

const tagsOf = (found: readonly Row[]): string[] =>
  [...new Set(found.map(({ tag }) => tag!))].sort();
const repositoriesOf = (found: readonly Row[]): string[] =>
  [...new Set(found.map(({ repository }) => repository))].sort();

describe('one matcher for all of them', () => {
  it.each(['[!d]*', '!(*-rc*)', 'v{1,2}', '/^v[0-9]/'])('%s as a tag', async (pattern) => {
    const matched = TAGS.filter(compilePattern(pattern, 'tag'));
    const others = TAGS.filter((tag) => !matched.includes(tag));
    const all = 'repositories: [{ match: ["**"], keepTags: [none] }]';
    const quoted = JSON.stringify(pattern);
    const found = {
      keepTags: await byPolicy(`repositories: [{ match: ["**"], keepTags: [${quoted}] }]`),
      protect: await byPolicy(`protect: { tags: [${quoted}] }\n${all}`),
      rules: await byPolicy(
        `repositories: [{ match: ["**"], rules: [{ tags: [${quoted}], keepTags: [none] }] }]`,
      ),
      option: await rows('plan', '--keep-tags', pattern, '--allow-empty'),
      rm: await rows('rm', `prod:${pattern}`, '--dry-run'),
    };
    expect(Object.values(found).map(tagsOf)).toEqual([others, others, matched, others, matched]);
  });

  it.each(['prod/**', '!(dev)/*', '{dev,prod}/a', '/^prod\\//'])(
    '%s as a name',
    async (pattern) => {
      const matched = REPOSITORIES.filter(compilePattern(pattern, 'repository'));
      const others = REPOSITORIES.filter((name) => !matched.includes(name));
      const all = ['plan', '--keep-tags', 'none', '--allow-empty'];
      const found = {
        match: await byPolicy(
          `repositories: [{ match: [${JSON.stringify(pattern)}], keepTags: [none] }]`,
        ),
        repo: await rows(...all, '--repo', pattern),
        exclude: await rows(...all, '--exclude', pattern),
        rm: await rows('rm', pattern, '--dry-run'),
      };
      expect(Object.values(found).map(repositoriesOf)).toEqual([matched, matched, others, matched]);
    },
  );
});
