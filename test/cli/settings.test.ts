import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/args/command-table.js';
import { type Environment, resolveSettings } from '../../src/cli/settings/resolve.js';
import { RegsweepError } from '../../src/util/errors.js';
import { repositoryMatcher } from '../../src/util/pattern/glob-list.js';
import { needs } from '../harness/require.js';
import { removeTemp } from '../harness/temp.js';

const folder = mkdtempSync(join(tmpdir(), 'regsweep-settings-'));
afterAll(() => removeTemp(folder));

let files = 0;
function file(content: string): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const empty = file('');
const resolve = (argv: Record<string, unknown>, env: Environment = {}) =>
  resolveSettings({ settings: empty, ...argv }, env);

async function refusal(argv: Record<string, unknown>, env: Environment = {}): Promise<string> {
  try {
    await resolve(argv, env);
  } catch (error) {
    if (error instanceof RegsweepError) {
      const missing = error.message.includes('ENOENT') ? `; ${error.remedy}` : '';
      return `${error.code}: ${error.message}${missing}`;
    }
    throw error;
  }
  return 'accepted';
}

describe('where a setting comes from', () => {
  const settings = file(
    'min-age: 1h\nmax-delete: 10%\nconcurrency: 3\nyes: true\nrepo: [a/*, b]\n',
  );
  const env = { REGSWEEP_MIN_AGE: '2h', REGSWEEP_MAX_DELETE: '20%', REGSWEEP_QUIET: 'yes' };

  it('is the command line, then the environment, then the file, then the default', async () => {
    const { minAge, maxDelete, concurrency, yes, repo, quiet, quietWindow, format } = await resolve(
      { settings, 'min-age': '3h' },
      env,
    );
    expect({ minAge, maxDelete, concurrency, yes, repo, quiet, quietWindow, format }).toEqual({
      minAge: 10_800,
      maxDelete: 0.2,
      concurrency: 3,
      yes: true,
      repo: ['a/*', 'b'],
      quiet: true,
      quietWindow: 5,
      format: 'table',
    });
  });

  it('is the last flag, where it was given again', async () => {
    expect((await resolve({ 'min-age': ['1h', '2h'] })).minAge).toBe(7200);
  });

  it('may name the settings file by the environment', async () => {
    expect((await resolveSettings({}, { REGSWEEP_SETTINGS: settings })).minAge).toBe(3600);
  });

  it('is named when the value is wrong', async () => {
    expect([
      await refusal({ 'min-age': 'soon' }),
      await refusal({}, { REGSWEEP_MIN_AGE: 'soon' }),
      await refusal({}, { REGSWEEP_YES: 'perhaps' }),
      (await refusal({ settings: join(folder, 'none.yaml') })).replace(/ENOENT[^;]*/, 'ENOENT'),
    ]).toEqual([
      'usage: --min-age: invalid duration "soon"',
      'usage: REGSWEEP_MIN_AGE: invalid duration "soon"',
      'usage: REGSWEEP_YES: "perhaps" is neither true nor false',
      `usage: settings file ${folder}/none.yaml: ENOENT; give an existing, readable settings file (--settings, REGSWEEP_SETTINGS)`,
    ]);
  });
});

describe('the settings file', () => {
  it.each([
    ['min-agee: 1h', 'unknown key "min-agee" (did you mean "min-age"?)'],
    ['yes: "true"', 'yes: expected true or false'],
    ['min-age: [1h]', 'min-age: expected a number and a unit, such as 30m, 24h or 7d'],
    ['min-age: {h: 1}', 'min-age: expected a number and a unit, such as 30m, 24h or 7d'],
    ['repo: {a: 1}', 'repo: expected a text, or a list of texts'],
    ['guard: {bystander: []}', 'unknown key "bystander"'],
    ['guard: {bystanders: [{command: x, sha256: AA}]}', 'guard.bystanders.0.sha256: not a sha256'],
    ['- a list', 'the file: Invalid input: expected'],
  ])('%s is refused', async (content, message) => {
    expect(await refusal({ settings: file(content) })).toContain(message);
  });

  const hash = 'a'.repeat(64);
  const bystanders = `guard: {bystanders: [{command: node_exporter, sha256: ${hash}}]}`;

  it('names bystanders only when root alone can write it', needs('root'), async () => {
    const path = file(bystanders);
    expect((await resolve({ settings: path })).bystanders).toEqual([
      { command: 'node_exporter', sha256: hash },
    ]);
    chmodSync(path, 0o666);
    expect(await refusal({ settings: path })).toContain('other users than root may write to it');
  });
});

describe('the root', () => {
  const config = file(
    'storage: {filesystem: {rootdirectory: /srv/a}, cache: {blobdescriptor: redis}}',
  );
  const root = async (argv: Record<string, unknown>, env: Environment = {}) =>
    (await resolve(argv, env)).root;

  it('comes from the nearest source that names one', async () => {
    expect([
      await root({}),
      await root({ config }),
      await root({ config, root: '/srv/b' }),
      await root({ config }, { REGSWEEP_ROOT: '/srv/c' }),
      await root({}, { REGSWEEP_ROOT: '/srv/c', REGSWEEP_CONFIG: config }),
      await root({}, { REGSWEEP_CONFIG: config }),
    ]).toEqual(['/var/lib/registry', '/srv/a', '/srv/b', '/srv/a', '/srv/c', '/srv/a']);
  });

  it('comes with what the registry caches', async () => {
    expect((await resolve({ config })).registryConfig).toEqual({
      path: config,
      rootDirectory: '/srv/a',
      cache: { descriptors: 'redis' },
      harbor: false,
      pullThrough: false,
    });
  });

  it('is not taken from a config for other storage', async () => {
    const s3 = file('storage: {s3: {bucket: x}}');
    expect(await refusal({ config: s3 })).toBe(
      `usage: --config ${s3}: no section storage.filesystem`,
    );
  });
});

describe('what is empty', () => {
  it.each([
    [{ root: '' }, {}, '--root is empty'],
    [{}, { REGSWEEP_ROOT: '' }, 'REGSWEEP_ROOT is empty'],
    [{}, { REGSWEEP_KEEP_DIGESTS: ' ' }, 'REGSWEEP_KEEP_DIGESTS is empty'],
    [{}, { REGSWEEP_REPO: '' }, 'REGSWEEP_REPO is empty'],
    [{ settings: '' }, {}, '--settings is empty'],
    [{ repo: ['a', ''] }, {}, '--repo is empty'],
    [{ only: [','] }, {}, '--only is empty'],
    [{ settings: file('repo: [""]') }, {}, 'repo is empty'],
    [{ settings: file('root: ""') }, {}, 'root is empty'],
  ])('%j %j is no choice', async (argv, env, message) => {
    expect(await refusal(argv, env as Environment)).toContain(message);
  });
});

describe('globs', () => {
  const repo = async (argv: Record<string, unknown>, env: Environment = {}) =>
    (await resolve(argv, env)).repo;

  it('that would exclude are refused, from whichever source', async () => {
    const settings = file('repo: ["team/**", "!team/prod/**"]');
    expect([
      await refusal({ repo: ['team/**', '!team/prod/**'] }),
      await refusal({}, { REGSWEEP_REPO: 'team/** !x' }),
      await refusal({ settings }),
      await repo({ repo: ['!(prod)/**'] }),
    ]).toEqual([
      'usage: --repo: "!team/prod/**" would exclude, but a glob can only include',
      'usage: REGSWEEP_REPO: "!x" would exclude, but a glob can only include',
      `usage: ${settings}: repo: "!team/prod/**" would exclude, but a glob can only include`,
      ['!(prod)/**'],
    ]);
    expect(await refusal({ repo: ['a'.repeat(70_000)] })).toContain(
      'a pattern is longer than 2000',
    );
  });

  it('never exclude', () => {
    const names = ['team/a', 'team/a/b', 'team/prod', 'team/prod/x', 'other'];
    const matching = (...globs: string[]) => names.filter(repositoryMatcher(globs));
    expect(matching('team/!(prod)/**')).toEqual(['team/a', 'team/a/b']);
    expect(() => matching('team/**', '!team/prod/**')).toThrow('would exclude');
  });

  it('stand apart by spaces or commas in one text', async () => {
    expect([
      await repo({}, { REGSWEEP_REPO: 'a,b team/{c,d} @(e|f),g/[h,i]' }),
      await repo({ settings: file('repo: a, b') }),
      (await resolve({}, { REGSWEEP_RUN: 'x,y z' })).run,
      [...(await resolve({}, { REGSWEEP_ONLY: 'blob, tag' })).kinds],
    ]).toEqual([
      ['a', 'b', 'team/{c,d}', '@(e|f)', 'g/[h,i]'],
      ['a', 'b'],
      ['x', 'y', 'z'],
      ['blob', 'tag'],
    ]);
  });
});

describe('a path', () => {
  it('in a settings file is relative to that file', async () => {
    const settings = file(
      'root: data\nstate-dir: ./state\nkeep-digests: /abs\nplan: a.plan\noutput: "-"\nmin-age: 1h\n',
    );
    const { root, stateDir, keepDigests, plan, output } = await resolve({ settings });
    expect({ root, stateDir, keepDigests, plan, output }).toEqual({
      root: join(folder, 'data'),
      stateDir: join(folder, 'state'),
      keepDigests: '/abs',
      plan: join(folder, 'a.plan'),
      output: '-',
    });
    expect((await resolve({ settings, root: 'data' })).root).toBe('data');
  });

  it('of a policy is looked at only by who uses one', async () => {
    const settings = file('policy: none.yaml');
    const policyFor = async (command: string, argv: Record<string, unknown> = {}) => {
      const takes = COMMANDS.find(({ name }) => name === command)!.options;
      return (await resolveSettings({ settings, ...argv }, {}, takes)).policy;
    };
    expect([
      await policyFor('guard'),
      await policyFor('trash restore'),
      await policyFor('sweep', { plan: 'x' }),
    ]).toEqual([undefined, undefined, undefined]);
    await expect(policyFor('analyze', { plan: 'x' })).rejects.toThrow('none.yaml: ENOENT');
    await expect(policyFor('sweep')).rejects.toThrow(`policy ${folder}/none.yaml: ENOENT`);
  });
});

it('threads have a limit', async () => {
  expect([
    (await resolve({ concurrency: '64' })).concurrency,
    await refusal({ concurrency: '65' }),
    await refusal({}, { REGSWEEP_CONCURRENCY: '100000' }),
  ]).toEqual([
    64,
    'usage: --concurrency: 65 threads exceed the limit of 64',
    'usage: REGSWEEP_CONCURRENCY: 100000 threads exceed the limit of 64',
  ]);
});

describe('kinds', () => {
  const kinds = async (argv: Record<string, unknown>) => [...(await resolve(argv)).kinds];

  it('are narrowed by --only and --skip', async () => {
    expect([
      await kinds({ only: ['blob,upload'] }),
      await kinds({ skip: ['tag', 'blob,repository'] }),
    ]).toEqual([
      ['blob', 'upload'],
      ['tag-history', 'revision', 'layer-link', 'upload', 'empty-directory'],
    ]);
  });

  it('that are unknown are refused', async () => {
    expect(await refusal({ only: ['blobs'] })).toBe(
      'usage: --only: "blobs" is not a kind of item; did you mean "blob"?',
    );
  });
});
