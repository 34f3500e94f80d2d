/** The command as a script meets it: exit codes, streams, start-up. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BIN, regsweep } from '../harness/cli.js';
import { TreeBuilder } from '../harness/offline.js';
import { run as runProcess } from '../harness/process.js';
import { needs } from '../harness/require.js';
import { removeTemp } from '../harness/temp.js';

const folder = mkdtempSync(join(tmpdir(), 'regsweep-bin-'));
afterAll(() => removeTemp(folder));

const tree = new TreeBuilder(join(folder, 'root')).at(Date.UTC(2024, 0, 1));
const layer = tree.layer('app', 'layer');
tree.manifest('app', { schemaVersion: 2, config: { digest: layer }, layers: [] }, 'v1');
for (let i = 0; i < 2000; i++) tree.blob(`garbage ${i}`);
const { root } = tree;
const OLD = ['--min-age', '0s'];

describe('regsweep', () => {
  it('says its version at once', async () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(await regsweep(['--version'])).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  it('has help with an example for each command', async () => {
    const { code, stdout, stderr } = await regsweep(['sweep', '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Examples:[\s\S]*regsweep sweep -m --min-age 7d --yes/);
    expect(stdout).toMatch(/Exit codes[\s\S]*64 {2}wrong usage/);
  });

  it.each<[string, string[], number, RegExp]>([
    ['an unknown flag', ['analyze', '--min-agee', '1h'], 64, /did you mean --min-age\?/],
    ['a wrong unit', ['analyze', '--min-age', '1y'], 64, /--min-age: invalid duration "1y"/],
    ['no registry', ['analyze', folder], 10, /not a registry's storage/],
    ['nobody to ask', ['sweep', root, ...OLD], 64, /there is no terminal[\s\S]*--yes/],
    ['a plan that is none', ['sweep', root, '-y', '--plan', BIN], 14, /is not a valid plan/],
    ['a missing plan', ['sweep', root, '-y', '--plan', '/nowhere'], 64, /--plan: ENOENT/],
    ['what is nowhere', ['explain', 'no/such:tag', root], 1, /no\/such:tag is not in the tree/],
    ['a name that is nearly one', ['explain', 'ap:v1', root], 1, /did you mean app:v1\?/],
    ['a choice', ['analyze', '--format', 'jsn'], 64, /--format: "jsn" is none .*\n.* json\?/],
    [
      'half a digest',
      ['explain', 'a@sha256:12', root],
      64,
      /no digest in a begins with "a@sha256:12"/,
    ],
  ])('%s: prints nothing on stdout, and says why', async (_, args, code, message) => {
    expect(await regsweep(args)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
  });

  it('exits 2 for garbage, when asked to', async () => {
    const codes = [['--detailed-exitcode', ...OLD], OLD, ['--detailed-exitcode']].map(
      async (flags) => (await regsweep(['analyze', root, ...flags])).code,
    );
    expect(await Promise.all(codes)).toEqual([2, 0, 0]);
  });

  it('colours as it is told, and plainly into a pipe', async () => {
    const isColoured = async (variables: object, ...flags: string[]): Promise<boolean> => {
      const env = { PATH: process.env.PATH, ...variables };
      const args = [BIN, 'analyze', root, ...flags];
      return (await runProcess(process.execPath, args, { env })).stdout.includes('\x1b[');
    };
    expect([
      await isColoured({}),
      await isColoured({ FORCE_COLOR: '1' }),
      await isColoured({ FORCE_COLOR: '0' }),
      await isColoured({ FORCE_COLOR: '1', NO_COLOR: '1' }),
      await isColoured({ FORCE_COLOR: '1' }, '--no-color'),
    ]).toEqual([false, true, false, false, false]);
  });

  it('tells the next command with the flags by which it looked', async () => {
    const flags = ['-m', '--min-age', '0s', '--age-by', 'mtime'];
    const { stdout } = await regsweep(['analyze', root, ...flags]);
    expect(stdout).toContain(
      `\n  regsweep sweep ${root} -m --min-age 0s --age-by mtime --max-delete 100%   #`,
    );
    const env = { ...process.env, REGSWEEP_MIN_AGE: '0s' };
    expect((await regsweep(['analyze', root], { env })).stdout).toContain(
      `\n  regsweep sweep ${root} --max-delete 100%   #`,
    );
  });

  it('writes a plan only over nothing, or with --force', async () => {
    const file = join(folder, 'kept.plan');
    writeFileSync(file, 'mine');
    const args = ['plan', root, ...OLD, '--max-delete', '100%', '-o', file];
    expect(await regsweep(args)).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/--force/),
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await regsweep([...args, '--force'])).code).toBe(0);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').length).toBeGreaterThan(2000);
  });

  it('tells of what it wrote: people, with the line to paste, or machines', async () => {
    const [file, page] = [join(folder, 'told.plan'), join(folder, 'page.html')];
    const plan = ['plan', root, ...OLD, '--max-delete', '100%', '--force', '-o'];
    const shown = await regsweep([...plan, file]);
    expect(shown.stdout).toContain(`regsweep sweep ${root} --plan ${file}\n`);
    const planned = await regsweep([...plan, file, '--format', 'json']);
    const bytes = readFileSync(file).length;
    const totals = { blobs: 2000 };
    expect(planned.json).toMatchObject({ schemaVersion: 1, root, file, bytes, totals });
    expect(planned.stderr).toContain(`regsweep sweep ${root} --plan ${file}\n`);
    const reported = await regsweep(['report', root, '-o', page, '--format', 'json']);
    expect(reported).toMatchObject({
      stderr: '',
      json: { root, file: page, bytes: readFileSync(page).length, totals: { blobs: 2002 } },
    });
    const piped = await regsweep([...plan, '-'], { cwd: folder });
    expect(piped.stdout.trimEnd().split('\n').length).toBeGreaterThan(2000);
    expect(piped.stderr).toContain('2,000 of them blobs');
    expect(existsSync(join(folder, '-'))).toBe(false);
  });

  it('ends quietly when nobody reads on', async () => {
    const args = [BIN, 'plan', root, ...OLD, '--max-delete', '100%', '--format', 'ndjson'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, stderr]).toEqual([0, '']);
  });

  it('fails where the disk is full, also in the middle of a list', needs('root'), async () => {
    const full = mkdtempSync(join(folder, 'full-'));
    const script = `mount -t tmpfs -o size=64k tmpfs ${full} && "$@" > ${full}/out`;
    const plan = ['plan', root, ...OLD, '--max-delete', '100%', '--format', 'json'];
    const command = ['-m', 'sh', '-c', script, '-', process.execPath, BIN, ...plan];
    const { code, stderr } = await runProcess('unshare', command);
    expect([code, stderr]).toEqual([1, expect.stringContaining('ENOSPC')]);
  });

  it('explains what holds a layer', async () => {
    const { json } = await regsweep(['explain', layer, root, ...OLD, '--format', 'json']);
    expect(json).toMatchObject({
      question: layer,
      state: 'live',
      chain: [
        { kind: 'tag', repository: 'app', tag: 'v1' },
        { kind: 'reference', digest: layer },
      ],
      linkedIn: [{ repository: 'app', as: 'layer link' }],
    });
  });

  it('prints completion for the shell', async () => {
    const { code, stdout } = await regsweep(['completion']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('--get-yargs-completions')]);
  });
});
