/** A policy without a file, and repositories that are left out, on a tree that was copied. */
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { regsweep } from '../harness/in-process.js';

const FIXTURE = fileURLToPath(new URL('../../test-fixtures/registry-tree', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'regsweep-options-'));
afterAll(() => rmSync(root, { recursive: true }));

/** As if pushed one after the other, long ago. */
beforeAll(() => {
  cpSync(FIXTURE, root, { recursive: true });
  const folder = join(root, 'docker/registry/v2/repositories');
  let seconds = 0;
  for (const path of readdirSync(folder, { recursive: true }) as string[]) {
    const time = new Date(Date.UTC(2026, 0, 1) + 60_000 * seconds++);
    if (path.endsWith('/link')) utimesSync(join(folder, path), time, time);
  }
});

const run = (...args: string[]) =>
  regsweep([
    ...args,
    '--root',
    root,
    '--min-age',
    '0s',
    '--max-delete',
    '100%',
    '--format',
    'json',
  ]);

async function tagsThatGo(...args: string[]): Promise<string[]> {
  const { json, code, stderr } = await run('plan', ...args);
  if (code !== 0) throw new Error(stderr);
  const { actions } = json as { actions: { kind: string; repository: string; tag: string }[] };
  return actions
    .filter(({ kind }) => kind === 'tag')
    .map(({ repository, tag }) => `${repository}:${tag}`)
    .sort();
}

it('--keep-last, --keep-within and --keep-tags are a policy', async () => {
  const file = join(root, 'policy.yaml');
  writeFileSync(
    file,
    'version: 1\nrepositories:\n  - { match: ["**"], keepLast: 1, keepTags: ["v1"] }\n',
  );
  const byFile = await tagsThatGo('--policy', file);
  const byOptions = await tagsThatGo('--keep-last', '1', '--keep-tags', 'v1');
  expect(byOptions).toEqual(byFile);
  expect(byOptions.length).toBeGreaterThan(1);
  expect(byOptions.some((name) => /:(?:latest|v1)$/.test(name))).toBe(false);
  expect(await tagsThatGo('--keep-within', '9000d')).toEqual([]);
});

it('they stand in the plan, and don’t go with a file or what is no pattern', async () => {
  const file = join(root, 'saved.plan');
  expect((await run('plan', '--keep-last', '1', '-o', file)).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('--keep-last');
  const both = await run('plan', '--keep-last', '1', '--policy', join(root, 'policy.yaml'));
  expect([both.code, both.stderr]).toEqual([
    64,
    expect.stringContaining('can’t be used with a policy file'),
  ]);
  const dotted = await run('plan', '--keep-last', '1', '--keep-tags', 'v1.*');
  expect(dotted.stderr).toMatch(/^regsweep: --keep-last, --keep-tags: "v1\.\*": /);
  expect(dotted.stderr).not.toContain('policy check');
  const regular = await run('plan', '--keep-tags', '^v1');
  expect([regular.code, regular.stderr]).toEqual([64, expect.stringContaining('"/^v1/"')]);
});

it('--exclude leaves repositories out, and says where it leaves none out', async () => {
  const all = await tagsThatGo('--keep-last', '1');
  const some = await tagsThatGo('--keep-last', '1', '--exclude', 'shop/**');
  expect(some).toEqual(all.filter((name) => !name.startsWith('shop/')));
  expect(some.length).toBeLessThan(all.length);
  expect(await tagsThatGo('--keep-last', '1', '--repo', 'shop/**', '--exclude', '**/web')).toEqual(
    all.filter((name) => /^shop\/(?!web)/.test(name)),
  );
  expect((await run('plan', '--exclude', 'shpo/**')).stderr).toContain(
    '--exclude shpo/** matches no repository',
  );
  const regular = await run('plan', '--exclude', 'shop/.*');
  expect([regular.code, regular.stderr]).toEqual([64, expect.stringContaining('--exclude')]);
});
