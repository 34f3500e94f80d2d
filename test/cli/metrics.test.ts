import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyFixture } from '../harness/fixture.js';
import { regsweep } from '../harness/in-process.js';
import { tempFolder } from '../harness/temp.js';

/** `name{labels}` → value, of one metric. */
function samples(file: string, name: string): [string, number][] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith(`regsweep_${name}{`))
    .map((line) => [
      line.slice(line.indexOf('{'), line.lastIndexOf(' ')),
      Number(line.split(' ').at(-1)),
    ]);
}

it('writes what a run found beside what others did, also when it fails', async () => {
  const folder = await tempFolder();
  const root = copyFixture(join(folder, 'root'));
  const file = join(folder, 'regsweep.prom');
  const analyzed = await regsweep(['analyze', root, '--metrics-file', file, '--format', 'json']);
  expect([analyzed.code, analyzed.stderr]).toEqual([0, '']);
  const { totals, repositories } = analyzed.json as {
    totals: Record<'live' | 'young' | 'garbage' | 'immovable', { blobs: number }>;
    repositories: { name: string; bytes: number }[];
  };
  const states = (['live', 'young', 'garbage', 'immovable'] as const).map((state) => [
    `{root="${root}",state="${state}"}`,
    totals[state].blobs,
  ]);
  expect(samples(file, 'blobs')).toEqual(states);
  expect(samples(file, 'repository_bytes').sort()).toEqual(
    repositories.map(({ name, bytes }) => [`{root="${root}",repository="${name}"}`, bytes]).sort(),
  );
  writeFileSync(join(root, 'docker/registry/lockfiles'), '');
  const failing = ['sweep', join(root, 'docker/registry/v2'), '--metrics-file', file];
  const failed = await regsweep(failing);
  expect(failed.code).toBe(64);
  const own = (command: string): string => `{root="${root}",command="${command}"}`;
  expect(samples(file, 'run_exit_code')).toEqual([
    [own('analyze'), 0],
    [own('sweep'), 64],
  ]);
  expect(samples(file, 'run_success_timestamp_seconds').map(([labels]) => labels)).toEqual([
    own('analyze'),
  ]);
  expect(samples(file, 'run_result').map(([labels]) => labels)).toEqual([
    `{root="${root}",command="analyze",result="done"}`,
    `{root="${root}",command="sweep",result="usage"}`,
  ]);
  expect(samples(file, 'blobs')).toEqual(states);
  const before = readFileSync(file, 'utf8');
  await regsweep([...failing, '--dry-run']);
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(readdirSync(folder).sort()).toEqual(['regsweep.prom', 'root']);
});

it('refuses before it works where the file’s folder is missing', async () => {
  const root = copyFixture(join(await tempFolder(), 'root'));
  const file = join(root, 'none/regsweep.prom');
  const result = await regsweep(['analyze', root, '--metrics-file', file]);
  expect([result.code, result.stdout, result.stderr]).toEqual([
    1,
    '',
    `regsweep: --metrics-file: the folder ${join(root, 'none')} does not exist\n  at ${file}\n  → mkdir -p ${join(root, 'none')}\n`,
  ]);
});

it('refuses a name that node_exporter would not read', async () => {
  const root = copyFixture(join(await tempFolder(), 'root'));
  const file = join(root, '..', 'x.txt');
  const result = await regsweep(['analyze', root, '--metrics-file', file]);
  expect([result.code, result.stdout]).toEqual([64, '']);
  expect(result.stderr).toContain('the name must end in .prom');
  expect(readdirSync(join(root, '..'))).toEqual(['root']);
});
