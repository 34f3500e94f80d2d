/** `--metrics-file` through the life of some garbage: seen, quarantined, purged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { regsweep } from '../harness/cli.js';
import { copyFixture } from '../harness/fixture.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { expectCode, purge, sweep } from './world.js';

const sampleOf = (file: string, start: string): number => {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`regsweep_${start}`));
  return Number(line?.split(' ').at(-1));
};

describe('metrics', needs('registry', 'guard'), () => {
  it('tell what a sweep removed, and that only the purge freed it', async () => {
    const folder = await tempFolder();
    const root = copyFixture(join(folder, 'root'));
    const file = join(folder, 'm.prom');
    const analyze = ['analyze', root, '-m', '--min-age', '0s', '--metrics-file', file];
    expectCode(await regsweep(analyze), 0);
    const garbage = sampleOf(file, `blob_disk_bytes{root="${root}",state="garbage"`);
    expect(garbage).toBeGreaterThan(100_000);
    expectCode(await sweep(root, '-m', '--only', 'revision,blob', '--metrics-file', file), 0);
    const of = (name: string, command: string): number =>
      sampleOf(file, `${name}{root="${root}",command="${command}"`);
    expect(of('run_removed_items', 'sweep')).toBeGreaterThan(0);
    const removed = of('run_removed_disk_bytes', 'sweep');
    expect([removed > 0, of('run_freed_disk_bytes', 'sweep')]).toEqual([true, 0]);
    expectCode(await purge(root, '--metrics-file', file), 0);
    expect(of('run_freed_disk_bytes', 'trash purge')).toBe(removed);
    expect(of('run_exit_code', 'analyze')).toBe(0);
    expectCode(await regsweep([...analyze, '--quiet']), 0);
    expect(sampleOf(file, 'quarantine_disk_bytes')).toBe(0);
  });
});
