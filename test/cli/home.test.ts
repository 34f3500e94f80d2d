/** What a shell, a manual reader and a mistyping hand get: all from one set of definitions. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/args/command-table.js';
import { fishCompletion } from '../../src/cli/args/completion/fish-script.js';
import { exitsOf } from '../../src/cli/args/exit-code-help.js';
import { manPage } from '../../src/cli/args/man-page.js';
import { OPTION_NAMES } from '../../src/cli/args/option-table.js';
import { readVersion } from '../../src/runtime/version.js';
import { nearest } from '../../src/util/nearest-word.js';
import { BIN, regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { run } from '../harness/process.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

describe('completion', () => {
  it('prints a script for each shell', async () => {
    const first = async (shell: string): Promise<unknown[]> => {
      const { code, stdout, stderr } = await regsweep(['completion', shell]);
      return [code, stderr, stdout.split('\n')[0], stdout.includes('compdef')];
    };
    expect([await first('bash'), await first('zsh'), await first('fish')]).toEqual([
      [0, '', '###-begin-regsweep-completions-###', false],
      [0, '', '#compdef regsweep', true],
      [0, '', expect.stringContaining('completions/regsweep.fish'), false],
    ]);
    expect((await regsweep(['completion', 'tcsh'])).code).toBe(64);
    expect((await regsweep(['completion', 'bash', 'zsh'])).code).toBe(64);
  });

  it('has a help, and no script beside an error', async () => {
    const help = await regsweep(['completion', '--help']);
    expect([help.code, help.stdout.split('\n')[0]]).toEqual([
      0,
      'regsweep completion [bash|zsh|fish]',
    ]);
    const { code, stdout } = await regsweep(['completion', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([64, { error: { code: 'usage' } }]);
  });

  it('knows every command and every option in fish', () => {
    const script = fishCompletion();
    for (const { name, options } of COMMANDS) {
      const word = name.split(' ').at(-1);
      expect(script).toMatch(new RegExp(` -a ${word} -d '`));
      for (const option of options) expect(script).toContain(` -l ${option} `);
    }
  });

  it('completes in a real fish', needs('fish'), async () => {
    const folder = await tempFolder();
    writeFileSync(join(folder, 'regsweep.fish'), fishCompletion());
    const complete = async (line: string): Promise<string[]> => {
      const script = `source ${folder}/regsweep.fish; complete -C ${JSON.stringify(line)}`;
      const env = { ...process.env, HOME: folder };
      const { stdout } = await run('fish', ['--no-config', '-c', script], { env, cwd: folder });
      return stdout
        .split('\n')
        .map((text) => text.split('\t')[0]!)
        .filter(Boolean);
    };
    expect([
      await complete('regsweep an'),
      await complete('regsweep trash '),
      await complete('regsweep analyze --so'),
      await complete('regsweep analyze --format '),
      await complete('regsweep trash purge --older'),
      await complete('regsweep completion '),
    ]).toEqual([
      ['analyze'],
      ['list', 'purge', 'restore'],
      ['--sort'],
      ['csv', 'json', 'ndjson', 'table'],
      ['--older-than'],
      ['bash', 'fish', 'zsh'],
    ]);
  });

  it('answers the scripts of bash and zsh', async () => {
    const answers = async (...words: string[]): Promise<string[]> =>
      (await regsweep(['--get-yargs-completions', 'regsweep', ...words])).stdout.split('\n');
    expect(await answers('trash', '')).toEqual(
      expect.arrayContaining(['list', 'restore', 'purge']),
    );
    expect((await answers('analyze', '--')).join()).toMatch(/--sort.*--since/);
  });
});

describe('the manual page', () => {
  it('is the one that the definitions make (npm run man)', () => {
    const committed = readFileSync(join(project, 'docs/regsweep.1'), 'utf8');
    expect(committed).toBe(manPage(readVersion()));
    const plain = committed.replaceAll('\\-', '-').replaceAll('\\(cq', '’');
    for (const { name, describe: text } of COMMANDS) expect(plain).toContain(`.B ${name}\n${text}`);
    for (const option of OPTION_NAMES) expect(plain).toContain(`--${option}\\fR`);
  });

  it('is read without a warning', needs('man'), async () => {
    const env = { ...process.env, MANROFFSEQ: '', MANWIDTH: '80', LC_ALL: 'C.UTF-8' };
    const page = join(project, 'docs/regsweep.1');
    const { stdout, stderr } = await run('man', ['--warnings', '-l', page], { env });
    expect([stderr, stdout]).toEqual(['', expect.stringMatching(/EXIT STATUS[\s\S]*130/)]);
  });
});

it('each command’s help tells how it may end', async () => {
  const { stdout } = await regsweep(['guard', '--help']);
  expect(stdout).toMatch(
    /Exit codes\n {2}0 {3}success\n {2}1 {3}failed\n {2}10 .*\n {2}12 .*\n {2}64 .*\n {2}130/,
  );
  const codes = Object.fromEntries(
    COMMANDS.map((spec) => [
      spec.name,
      exitsOf(spec)
        .map(({ code }) => code)
        .join(' '),
    ]),
  );
  expect(codes).toMatchObject({
    analyze: '0 1 2 10 64 130',
    plan: '0 1 2 10 13 64 130',
    sweep: '0 1 2 3 10 11 12 13 14 64 130',
    tidy: '0 1 2 3 10 11 12 13 14 64 130',
    'trash purge': '0 1 3 10 11 12 13 14 64 130',
  });
});

it.each([
  ['fooo', undefined],
  ['sweeep', 'sweep'],
  ['swep', 'sweep'],
  ['analzye', 'analyze'],
  ['min-agee', 'min-age'],
  ['delete-untaged', 'delete-untagged'],
  ['x', undefined],
])('%s: did you mean %s?', (word, wanted) => {
  const known = [...OPTION_NAMES, ...COMMANDS.map(({ name }) => name.split(' ')[0]!)];
  expect(nearest(word, known)).toBe(wanted);
});

it('runs as one file with Node alone (npm run bundle)', async () => {
  const folder = await tempFolder();
  const root = copyFixture(join(folder, 'root'));
  const file = join(folder, 'away/regsweep.mjs');
  mkdirSync(join(folder, 'away'));
  const tsx = join(project, 'node_modules/tsx/dist/cli.mjs');
  await run(process.execPath, [tsx, join(project, 'packaging/bundle.ts'), file], { cwd: project });
  const both = async (...args: string[]): Promise<unknown[]> => {
    const flags = [...args, root, '--min-age', '0s', '--format', 'json'];
    const results = await Promise.all(
      [file, BIN].map((program) =>
        run(process.execPath, [program, ...flags], { cwd: join(folder, 'away') }),
      ),
    );
    return results.map(({ code, stdout }) => {
      const json = JSON.parse(stdout) as Record<string, unknown>;
      return [code, { ...json, run: undefined, filesystem: undefined }];
    });
  };
  for (const args of [['analyze', '--details'], ['check', '--verify'], ['plan']]) {
    const [bundled, built] = await both(...args);
    expect(bundled).toEqual(built);
  }
  const version = await run(process.execPath, [file, '--version'], { cwd: folder });
  expect(version.stdout).toBe(`${readVersion()}\n`);
}, 240_000);
