/** What goes from quarantine or comes back is told in numbers, before and after, wherever it is asked. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as images from '../harness/images.js';
import { regsweep } from '../harness/in-process.js';
import { Random } from '../harness/random.js';
import { needs } from '../harness/require.js';
import { tempFolder } from '../harness/temp.js';
import { CACHE, expectCode, purge, restore, SELECT, serve, storeWith, sweep } from './world.js';

interface Amount {
  readonly items: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

interface Swept extends Amount {
  readonly run: { readonly id: string };
  readonly moved: Readonly<Record<string, number>>;
  readonly purged?: Amount & { readonly runs: number };
}

const random = new Random('told');
const amountOf = ({ items, bytes, diskBytes }: Amount): Amount => ({ items, bytes, diskBytes });

/** A store with two runs in quarantine, the older one first. */
async function quarantined(): Promise<{ root: string; ids: string[]; amounts: Amount[] }> {
  const root = await storeWith((client) => client.push('app', images.dockerImage(random), 'kept'));
  const ids: string[] = [];
  const amounts: Amount[] = [];
  for (let i = 0; i < 2; i++) {
    await serve(root, (client) => client.push('app', images.dockerImage(random)));
    const swept = expectCode(await sweep(root, '-m'), 0).json as Swept;
    const items = Object.values(swept.moved).reduce((sum, number) => sum + number, 0);
    ids.push(swept.run.id);
    amounts.push(amountOf({ ...swept, items }));
  }
  return { root, ids, amounts };
}

const total = (amounts: readonly Amount[]): Amount => ({
  items: amounts.reduce((sum, { items }) => sum + items, 0),
  bytes: amounts.reduce((sum, { bytes }) => sum + bytes, 0),
  diskBytes: amounts.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
});

describe('the quarantine', needs('registry', 'guard'), () => {
  it('is listed by run and age, and tells what would come back or go', async () => {
    const { root, ids, amounts } = await quarantined();
    const listed = async (...flags: string[]): Promise<string[]> => {
      const result = await regsweep(['trash', 'list', root, '--format', 'json', ...flags]);
      return (expectCode(result, 0).json as { runs: { id: string }[] }).runs.map(({ id }) => id);
    };
    expect([
      await listed('--run', ids[0]!),
      await listed('--older-than', '1h'),
      (await listed('--older-than', '0s')).sort(),
    ]).toEqual([[ids[0]], [], [...ids].sort()]);
    const none = await regsweep(['trash', 'list', root, '--run', 'x']);
    expect(expectCode(none, 64).stderr).toContain('there is no run x in quarantine');
    const back = expectCode(await restore(root, '-d', '--run', ids[1]!), 0).json;
    const gone = expectCode(await purge(root, '-d'), 0).json;
    expect([back, gone]).toMatchObject([
      { dryRun: true, ...amounts[1] },
      { dryRun: true, runs: 2, ...total(amounts) },
    ]);
    // Nothing of what was asked for came back.
    const later = expectCode(await restore(root, '--older-than', '1h'), 3).json as Amount;
    const done = expectCode(await restore(root, '--run', ids[1]!, '--older-than', '0s'), 0).json;
    expect([later.items, amountOf(done as Amount)]).toEqual([0, amounts[1]]);
    const both = await restore(root, '--ref', 'app', '--older-than', '1h');
    expect(expectCode(both, 64).stderr).toContain('can’t be used together');
  });

  it.each([[[]], [['--stop-command', 'true']]])('purged by a sweep, is told: %j', async (flags) => {
    const { root, amounts } = await quarantined();
    const metrics = join(root, '..', 'regsweep.prom');
    const older = ['--purge-older-than', '0s', ...CACHE];
    const dry = await regsweep(['sweep', root, ...SELECT, '-d', ...older, '--format', 'json']);
    const all = { runs: 2, ...total(amounts) };
    expect(expectCode(dry, 0).json).toMatchObject({ wouldPurge: all });
    const swept = expectCode(await sweep(root, ...older, ...flags, '--metrics-file', metrics), 0);
    expect(swept.json).toMatchObject({ state: 'nothing-to-do', purged: all });
    expect(swept.stderr).toContain(' of 2 runs purged, ');
    const freed = `regsweep_run_freed_disk_bytes{root="${root}",command="sweep"} ${all.diskBytes}`;
    expect(readFileSync(metrics, 'utf8')).toContain(freed);
    const history = await regsweep(['history', root, '--format', 'json']);
    expect(expectCode(history, 0).json).toMatchObject({ gotBack: { freedBytes: all.diskBytes } });
    const again = expectCode(await sweep(root, ...older, '--format', 'table'), 0);
    expect(again.stdout.split('\n')[0]).toBe('Nothing to do.');
  });

  it('with nothing to purge, the sweep after it does not say that nothing was changed', async () => {
    const { root } = await quarantined();
    await serve(root, (client) => client.push('app', images.dockerImage(random)));
    const swept = expectCode(await sweep(root, '-m', '--purge-older-than', '7d', ...CACHE), 0);
    expect((swept.json as Swept).moved.blob).toBeGreaterThan(0);
    expect(swept.stderr).not.toMatch(/nothing was changed/i);
  });

  it('is told in the log file too, by the same numbers', async () => {
    const root = await storeWith((client) => client.push('app', images.dockerImage(random)));
    const file = join(await tempFolder(), 'log.jsonl');
    const flags = ['-m', '--allow-tagless', '--allow-empty-tree', '--log-file', file];
    const swept = expectCode(await sweep(root, ...flags), 0).json as Swept;
    const back = expectCode(await restore(root, '--log-file', file), 0).json as Amount;
    const results = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ event }) => event === 'result');
    const { moved, bytes, diskBytes } = swept;
    expect(results).toMatchObject([
      { command: 'sweep', root, state: 'done', runId: swept.run.id, moved, bytes, diskBytes },
      { command: 'trash restore', root, state: 'done', problems: 0, ...amountOf(back) },
    ]);
  });

  it('a run that is not there leads to the list of runs', async () => {
    const root = await storeWith((client) => client.push('app', images.dockerImage(random), 'v1'));
    const { stderr } = expectCode(await restore(root, '--run', 'nosuch', '--dry-run'), 64);
    const line = `regsweep trash list ${root}`;
    expect(stderr).toContain(`→ to list the runs:\n    ${line}\n`);
    expectCode(await regsweep(line.split(' ').slice(1)), 0);
  });
});
