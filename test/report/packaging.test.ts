/** What is shipped for Prometheus and Grafana speaks of metrics that there are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/args/parse.js';
import { metricsOf } from '../../src/report/build/metrics.js';
import { Store } from '../facts/helpers.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { looked } from './html/store.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const text = (path: string): string => readFileSync(`${project}/${path}`, 'utf8');

async function known(): Promise<Set<string>> {
  const { report } = await looked(new Store());
  const run = { root: '/r', result: 'done', exitCode: 0, endedAt: 0, durationSeconds: 0 };
  const disk = { bytes: 1, availableBytes: 1 };
  const families = [
    ...metricsOf({ ...run, command: 'analyze', report: { kind: 'analyze', ...report }, disk }),
    ...metricsOf({ ...run, command: 'sweep', report: undefined, disk }),
  ];
  return new Set(families.map(({ name }) => name));
}

it.each([
  'packaging/prometheus/alerts.yml',
  'packaging/prometheus/alerts.test.yml',
  'packaging/grafana/regsweep.json',
  'docs/metrics.md',
])('%s names only metrics that there are', async (path) => {
  const names = await known();
  const named = text(path).match(/\bregsweep_[a-z_]+/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !names.has(name))).toEqual([]);
});

it('the documentation names every metric', async () => {
  const docs = text('docs/metrics.md');
  const short = (name: string): string => name.replace(/^regsweep_repository(?=_)/, '');
  const missing = [...(await known())].filter(
    (name) => !docs.includes(`\`${name}\``) && !docs.includes(`\`${short(name)}\``),
  );
  expect(missing).toEqual([]);
});

it('the alerts pass their own tests', needs('promtool'), () => {
  const cwd = `${project}/packaging/prometheus`;
  expect(
    execFileSync('promtool', ['check', 'rules', 'alerts.yml'], { cwd, encoding: 'utf8' }),
  ).toContain('SUCCESS');
  execFileSync('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd });
});

it('the units are what systemd understands', needs('systemd'), async () => {
  const folder = await tempFolder();
  const units = readdirSync(`${project}/packaging/systemd`).map((name) => {
    // It wants each program to be there.
    const unit = text(`packaging/systemd/${name}`).replaceAll(
      '/usr/local/bin/regsweep',
      '/bin/true',
    );
    writeFileSync(`${folder}/${name}`, unit);
    return `${folder}/${name}`;
  });
  const result = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' });
  expect([result.status, result.stderr.replace(/^.*(?:cgroup|manager).*\n/gim, '')]).toEqual([
    0,
    '',
  ]);
});

it('the monthly report’s command lines are ones that regsweep understands', async () => {
  const unit = text('packaging/systemd/regsweep-report.service').replaceAll('\\\n', ' ');
  const lines = [...unit.matchAll(/^ExecStart=\S*regsweep (.*)$/gm)].map(([, line]) => line!);
  const parsed = await Promise.all(lines.map((line) => parseCommandLine(line.split(/\s+/))));
  expect(parsed.map((one) => [one?.spec.name, one?.argv])).toEqual([
    ['report', expect.objectContaining({ output: '/var/lib/regsweep/report.html', force: true })],
    ['analyze', expect.objectContaining({ tags: true, sort: 'pushed', format: 'csv' })],
  ]);
});

it('the service’s command line is one that regsweep understands', async () => {
  const unit = text('packaging/systemd/regsweep.service').replaceAll('\\\n', ' ');
  const [, line = ''] = /^ExecStart=\S*regsweep (.*)$/m.exec(unit) ?? [];
  const words = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  const parsed = await parseCommandLine(words);
  expect([parsed?.spec.name, parsed?.argv]).toEqual([
    'sweep',
    expect.objectContaining({
      yes: true,
      'stop-command': expect.stringMatching(/^systemctl stop /),
      'start-command': expect.stringMatching(/^systemctl start /),
      'purge-older-than': '7d',
    }),
  ]);
});
