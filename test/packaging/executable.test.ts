/** The single executable and the Debian package made of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLONE_ROWS, DEB_ROW } from '../e2e/docs/installed.js';
import { check } from '../e2e/docs/rows.js';
import { regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { needs } from '../harness/require.js';
import { makeTemp, tempFolder } from '../harness/temp.js';
import { startHost, type ThrowawayHost } from '../harness/throwaway-host.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const executable = `${project}/bundle/regsweep-linux-${process.arch}`;

let folder: string;

beforeAll(async () => {
  folder = await makeTemp();
  execFileSync('npm', ['run', '--silent', 'executable'], { cwd: project, stdio: 'pipe' });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** On a host without Node: nothing in the environment but an empty temporary folder. */
function bare(program: string, args: readonly string[], input = '') {
  const temp = join(folder, 'tmp');
  mkdirSync(temp, { recursive: true });
  const env = { PATH: '/usr/sbin:/sbin', TMPDIR: temp };
  const result = spawnSync(program, args, { env, encoding: 'utf8', input, cwd: '/' });
  return { ...result, left: readdirSync(temp) };
}

/** What doesn't change from run to run. */
function facts(text: string): Record<string, unknown> {
  const { run, filesystem, ...others } = JSON.parse(text);
  expect([run, filesystem]).toEqual([expect.anything(), expect.anything()]);
  return others;
}

describe('the single executable', () => {
  it('says what regsweep says, with threads, and leaves nothing behind', async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const flags = ['-m', '--min-age', '0s', '--details', '--concurrency', '2', '--format', 'json'];
    const { stdout, status, left } = bare(executable, ['analyze', root, ...flags]);
    const wanted = (await regsweep(['analyze', root, ...flags])).stdout;
    const [seen, same] = [stdout, wanted].map(facts);
    expect([status, seen, left]).toEqual([0, same, []]);
    const verified = bare(executable, ['check', root, '--verify', '--format', 'json']);
    expect(JSON.parse(verified.stdout)).toMatchObject({ verified: { blobs: 64 } });
    const page = join(folder, 'page.html');
    expect(bare(executable, ['report', root, '-o', page])).toMatchObject({ status: 0, left: [] });
  });

  it('sweeps, and leaves the records of it', needs('guard'), async () => {
    const root = copyFixture(join(await tempFolder(), 'root'));
    const flags = ['--min-age', '0s', '--max-delete', '100%', '--quiet-window', '50ms', '--yes'];
    const { status, stderr, left } = bare(executable, ['sweep', root, '-m', ...flags]);
    expect({ status, stderr, left }).toMatchObject({ status: 0, left: [] });
    const [history] = readFileSync(join(root, '.regsweep/history/last.json'), 'utf8').split('\n');
    expect(JSON.parse(history!)).toMatchObject({ repositories: expect.any(Number) });
  });

  it('is the guard’s probe too', () => {
    const target = { base: 'http://127.0.0.1:1', timeoutMs: 500, anyCertificate: true };
    const questions = [{ method: 'GET', path: '/v2/' }];
    const input = JSON.stringify({ target, questions });
    const { stdout, status } = bare(executable, ['--regsweep-part=probe'], input);
    expect([status, JSON.parse(stdout)]).toEqual([0, [{ error: expect.any(String) }]]);
  });
});

describe('the Debian package', needs('root', 'mounts', 'dpkg', 'lintian'), () => {
  let host: ThrowawayHost;

  beforeAll(async () => {
    host = await startHost();
  });
  afterAll(async () => {
    await host?.stop();
    const packed = readdirSync(project).filter((name) => /^regsweep-.*\.tgz$/.test(name));
    for (const name of packed) rmSync(join(project, name));
  });

  it('is built, installed and removed without a trace', { timeout: 180_000 }, async () => {
    await check(host, DEB_ROW);
    expect(await host.type('/usr/bin/regsweep --version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    for (const path of [
      '/usr/share/man/man1/regsweep.1.gz',
      '/usr/share/bash-completion/completions/regsweep',
      ...readdirSync(`${project}/packaging/systemd`).map((unit) => `/lib/systemd/system/${unit}`),
    ]) {
      expect([path, existsSync(host.at(path))]).toEqual([path, true]);
    }
    const listed = (await host.type('dpkg -L regsweep')).stdout.split('\n');
    const files = listed.filter((path) => path.includes('regsweep'));
    expect(files.length).toBeGreaterThan(10);
    expect(await host.type('dpkg --purge regsweep')).toMatchObject({ code: 0 });
    expect(files.filter((path) => existsSync(host.at(path)))).toEqual([]);
  });

  it('is what lintian takes for a good one', { timeout: 180_000 }, async () => {
    const line = 'lintian --fail-on error,warning --allow-root bundle/regsweep_*.deb';
    expect(await host.type(line, { cwd: project })).toMatchObject({ code: 0, stdout: '' });
  });

  it.each(CLONE_ROWS)('as documented: $line', { timeout: 180_000 }, async (row) => {
    await check(host, row);
    const version = await host.type('regsweep --version');
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('npm installs the manual page, too', async () => {
    const page = '$(npm prefix -g)/share/man/man1/regsweep.1';
    expect(await host.type(`head -1 ${page}`)).toMatchObject({
      stdout: expect.stringContaining('.TH'),
    });
  });
});
