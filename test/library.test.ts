/** The library as its users get it: the same documents as the command line, and the same refusals. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { TAKES } from '../src/app/library/takes.js';
import { COMMANDS } from '../src/cli/args/command-table.js';
import * as library from '../src/index.js';
import { regsweep } from './harness/cli.js';
import { copyFixture } from './harness/fixture.js';
import { tempFolder } from './harness/temp.js';

const project = fileURLToPath(new URL('..', import.meta.url));
const api = readFileSync(join(project, 'docs/api.md'), 'utf8');

const freshRoot = async (): Promise<string> => copyFixture(join(await tempFolder(), 'root'));

/** The document without what differs from run to run. */
function comparable(document: unknown): string {
  // Other tests write to the same filesystem meanwhile.
  const { run: _, filesystem: __, ...rest } = document as Record<string, unknown>;
  return JSON.stringify(rest);
}

async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await regsweep([...args, '--format', 'json']);
  if (code !== 0) throw new Error(stderr);
  return comparable(JSON.parse(stdout));
}

it('resolves to what --format json prints', async () => {
  const root = await freshRoot();
  const policy = join(root, '../policy.yaml');
  writeFileSync(policy, 'version: 1\nrepositories:\n  - { match: ["**"], keepLast: 1 }\n');
  const { repositories } = await library.analyze({ root });
  const [{ name: subject } = { name: '' }] = repositories;
  const age = ['--min-age', '0s'];
  const pairs: [unknown, string][] = [
    [
      await library.analyze({
        root,
        minAge: '0s',
        deleteUntagged: true,
        details: true,
        tags: true,
      }),
      await printed('analyze', root, ...age, '-m', '--details', '--tags'),
    ],
    [
      await library.analyze({ root, sort: 'size', top: 1, repo: ['**'] }),
      await printed('analyze', root, '--sort', 'size', '--top', '1', '--repo', '**'),
    ],
    [await library.check({ root }), await printed('check', root)],
    [await library.explain({ root, subject }), await printed('explain', subject, root)],
    [
      await library.plan({ root, minAge: '0s', skip: ['blob'] }),
      await printed('plan', root, ...age, '--skip', 'blob'),
    ],
    [await library.history({ root }), await printed('history', root)],
    [
      await library.previewPolicy({ root, policy, minAge: '0s' }),
      await printed('policy', 'preview', policy, root, ...age),
    ],
    [await library.listQuarantine({ root }), await printed('trash', 'list', root)],
    [await library.verifyAudit({ root }), await printed('audit', 'verify', root)],
  ];
  for (const [document, text] of pairs) expect(comparable(document)).toBe(text);
});

it('has arrays where the reports are generated', async () => {
  const root = await freshRoot();
  const { garbage }: { garbage?: readonly { readonly digest: string }[] } = await library.analyze({
    root,
    minAge: '0s',
    details: true,
  });
  const { actions }: { actions: readonly unknown[] } = await library.plan({ root, minAge: '0s' });
  expect(garbage?.length).toBeGreaterThan(0);
  expect(actions.length).toBeGreaterThan(garbage!.length);
});

it('writes the page and the plan', async () => {
  const root = await freshRoot();
  const output = join(root, '../report.html');
  const { file, bytes } = await library.report({ root, output });
  expect([file, bytes]).toEqual([output, readFileSync(output).length]);
  await expect(library.report({ root, output })).rejects.toMatchObject({ code: 'usage' });
  const planFile = join(root, '../plan.ndjson');
  const { id } = await library.plan({ root, minAge: '0s', output: planFile });
  expect(JSON.parse(readFileSync(planFile, 'utf8').split('\n')[0]!)).toMatchObject({ id });
});

it('rejects with a code, a path and a remedy', async () => {
  const folder = await tempFolder();
  await expect(library.analyze({ root: folder })).rejects.toMatchObject({
    name: 'RegsweepError',
    code: 'not-a-registry',
    path: expect.stringContaining(folder),
  });
  const root = await freshRoot();
  await expect(library.analyze({ root, minAge: '1 day' })).rejects.toMatchObject({
    code: 'usage',
    message: 'minAge: invalid duration "1 day"',
    remedy: expect.stringContaining('24h'),
  });
  await expect(library.explain({ root, subject: 'nowhere:1' })).rejects.toMatchObject({
    code: 'failed',
    remedy: expect.any(String),
  });
  await expect(library.plan({ root, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'interrupted',
  });
});

it('refuses an option that a function does not take', async () => {
  const root = await freshRoot();
  const slip = { root, minAgee: '0s' } as library.SweepOptions;
  await expect(library.sweep(slip)).rejects.toMatchObject({
    code: 'usage',
    remedy: 'did you mean minAge?',
  });
  const wide = { root, ref: 'team/app:1' } as library.PurgeOptions;
  await expect(library.purge(wide)).rejects.toMatchObject({ code: 'usage' });
  await expect(library.purge({ root, repo: 'team/**' })).rejects.toMatchObject({ code: 'usage' });
  await expect(library.remove({ root, targets: [] })).rejects.toMatchObject({ code: 'usage' });
  expect(existsSync(join(root, '.regsweep'))).toBe(false);
});

/** What only a command line has: where its options come from, and how it prints. */
const PRESENTATION = [
  'settings',
  'format',
  'quiet',
  'no-color',
  'yes',
  'detailed-exitcode',
  'metrics-file',
  'all',
  'log-file',
  'notify-command',
];
/** What only a program has. */
const PORTS = ['signal', 'onProgress', 'onNote', 'onWarning', 'confirm'];
const OPERANDS = ['subject', 'targets'];

it.each(Object.entries(TAKES))('%s takes the options of its command', (name, takes) => {
  const { options } = COMMANDS.find((spec) => spec.name === name)!;
  const given = options
    .filter((option) => !PRESENTATION.includes(option))
    .map((option) => option.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()));
  const policy = name === 'policy preview' ? ['policy'] : [];
  const own = takes.filter((option) => ![...PORTS, ...OPERANDS, ...policy].includes(option));
  expect([...own].sort()).toEqual([...given].sort());
});

it('exports what the documentation names', () => {
  const functions = Object.entries(library)
    .filter(([, value]) => typeof value === 'function')
    .map(([name]) => name);
  const rows = [...api.matchAll(/^\| `(\w+)\(\)` \|/gm)].map(([, name]) => name!);
  expect([...rows, 'RegsweepError'].sort()).toEqual(functions.sort());
});
