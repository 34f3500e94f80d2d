import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  fullAtMs,
  growthBetween,
  HistorySummary,
  repositoryGrowth,
} from '../../src/history/growth.js';
import { appendHistory, type HistoryLine, readHistory } from '../../src/history/records.js';
import { regsweep as started } from '../harness/cli.js';
import { regsweep } from '../harness/in-process.js';
import { TreeBuilder } from '../harness/offline.js';
import { tempFolder } from '../harness/temp.js';

const DAY_MS = 86_400_000;

const line = (
  at: string,
  diskBytes: number,
  repositories: [string, number][] = [],
): HistoryLine => ({
  v: 1,
  at,
  command: 'analyze',
  totals: {
    ...{ repositories: 1, tags: 1, manifests: 1, blobs: 1, bytes: diskBytes, diskBytes },
    ...{ garbageDiskBytes: 0, quarantinedDiskBytes: 0 },
  },
  repositories,
});

const swept = (at: string, diskBytes: number, freedBytes: number): HistoryLine => ({
  v: 1,
  at,
  command: 'sweep',
  runId: 'r1',
  changed: { items: 3, bytes: diskBytes, diskBytes, freedBytes },
});

async function read(path: string): Promise<[HistoryLine[], number]> {
  const lines: HistoryLine[] = [];
  const { damagedLines } = await readHistory(path, (one) => lines.push(one));
  return [lines, damagedLines];
}

describe('the history file', () => {
  it('gives back what was appended, and leaves out what was cut short', async () => {
    const path = join(await tempFolder(), 'history.jsonl');
    const [one, two] = [line('2026-01-01T00:00:00Z', 1), line('2026-01-02T00:00:00Z', 2)];
    expect(await read(path)).toEqual([[], 0]);
    appendHistory(path, one);
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"v":1,"at":"2026-`);
    expect(await read(path)).toEqual([[one], 1]);
    appendHistory(path, two);
    expect(await read(path)).toEqual([[one, two], 1]);
  });

  it('nor any other record makes a command wait if it is a pipe', async () => {
    const { root } = new TreeBuilder(join(await tempFolder(), 'root'));
    for (const [file, args, code] of [
      ['history.jsonl', ['history'], 0],
      ['pulls.json', ['pulls', 'show'], 1],
      ['verify.log', ['check', '--verify'], 0],
    ] as const) {
      const state = join(root, '.regsweep');
      rmSync(state, { recursive: true, force: true });
      mkdirSync(state);
      execFileSync('mkfifo', [join(state, file)]);
      const options = { timeoutMs: 20_000 };
      expect([file, (await started([...args, root], options)).code]).toEqual([file, code]);
    }
  });
});

describe('growth', () => {
  const [a, b] = [line('2026-01-01T00:00:00Z', 1000), line('2026-01-11T00:00:00Z', 6000)];

  it('is what came in the time between, and tells when the disk is full', () => {
    const growth = growthBetween(a, b)!;
    expect(growth).toEqual({
      from: a.at,
      to: b.at,
      seconds: 864_000,
      bytes: 5000,
      diskBytes: 5000,
      diskBytesPerDay: 500,
    });
    const now = Date.parse(b.at);
    expect([
      fullAtMs(growth, 1000, now),
      fullAtMs({ diskBytesPerDay: -1 }, 1000, now),
      fullAtMs(undefined, 1000, now),
    ]).toEqual([now + 2 * DAY_MS, undefined, undefined]);
  });

  it('has no rate over minutes, and is none with one look', () => {
    const soon = growthBetween(a, line('2026-01-01T00:30:00Z', 9000));
    expect([soon?.diskBytesPerDay, growthBetween(a, a), growthBetween(a, undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('names the repositories that changed most first', () => {
    const first = line('2026-01-01T00:00:00Z', 1, [
      ['a', 10],
      ['b', 500],
      ['c', 7],
    ]);
    const last = line('2026-01-02T00:00:00Z', 1, [
      ['a', 20],
      ['new', 90],
      ['c', 7],
    ]);
    expect(repositoryGrowth(first, last)).toEqual([
      { name: 'b', before: 500, after: undefined },
      { name: 'new', before: undefined, after: 90 },
      { name: 'a', before: 10, after: 20 },
      { name: 'c', before: 7, after: 7 },
    ]);
  });

  it('sums what sweeps got back, since the time asked for', () => {
    const summary = new HistorySummary(Date.parse('2026-01-02T00:00:00Z'));
    const restore = { ...swept('2026-01-05T00:00:00Z', 9, 0), command: 'trash restore' };
    const { runId: _, ...ended } = swept('2026-01-06T00:00:00Z', 70, 70);
    const purge = { ...ended, command: 'trash purge' };
    for (const one of [
      a,
      swept('2026-01-01T00:00:00Z', 1, 1),
      swept('2026-01-03T00:00:00Z', 70, 0),
      restore,
      purge,
      b,
    ]) {
      summary.take(one);
    }
    expect([summary.records, summary.first?.at, summary.reclaimed]).toEqual([
      4,
      b.at,
      { runs: 1, items: 3, quarantinedDiskBytes: 70, freedBytes: 70 },
    ]);
  });
});

describe('history and analyze --since', () => {
  async function tree() {
    const builder = new TreeBuilder(join(await tempFolder(), 'root')).at(Date.UTC(2024, 0, 1));
    const config = builder.layer('app', '{}');
    const layer = builder.layer('app', 'x'.repeat(10_000));
    const json = { schemaVersion: 2, config: { digest: config }, layers: [{ digest: layer }] };
    builder.manifest('app', json, 'v1');
    return builder.root;
  }
  const json = async (...args: string[]) => {
    const result = await regsweep([...args, '--format', 'json']);
    expect([result.code, result.stdout !== '']).toEqual([0, true]);
    return result.json as Record<string, Record<string, unknown>>;
  };

  it('analyze writes itself down only where there is a place for it', async () => {
    const root = await tree();
    const file = join(root, '.regsweep/history.jsonl');
    expect((await json('analyze', root)).run).toMatchObject({ recorded: false });
    expect(() => readFileSync(file)).toThrow('ENOENT');
    mkdirSync(join(root, '.regsweep'), { mode: 0o700 });
    expect((await json('analyze', root)).run).toMatchObject({ recorded: true });
    expect(await read(file)).toMatchObject([
      [{ command: 'analyze', repositories: [['app', 10_211]] }],
      0,
    ]);
  });

  it('tells the growth since then, by repository, and when the disk is full', async () => {
    const root = await tree();
    const state = join(root, '../state');
    mkdirSync(state, { mode: 0o700 });
    const at = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();
    const lines = [line(at(50), 1), line(at(10), 4096, [['app', 91]]), swept(at(5), 512, 0)];
    const texts = lines.map((one) => `${JSON.stringify(one)}\n`);
    writeFileSync(join(state, 'history.jsonl'), `${texts.join('')}{"v":1`);
    const analysis = await json('analyze', root, '--since', '30d', '--state-dir', state);
    const repositories = [{ name: 'app', beforeBytes: 91, bytes: 10_211, growthBytes: 10_120 }];
    expect(analysis.run).toMatchObject({
      recorded: true,
      growth: {
        from: lines[1]!.at,
        bytes: 10_211 - 4096,
        diskFullAt: null,
        repositories,
      },
    });
    const history = await json('history', root, '--since', '30d', '--state-dir', state);
    expect(history).toMatchObject({
      records: 3,
      damagedLines: 1,
      growth: { diskBytes: 20_480 - 4096, diskBytesPerDay: 1638, diskFullAt: null },
      gotBack: { runs: 1, items: 3, quarantinedDiskBytes: 512, freedBytes: 0 },
      repositories,
    });
    const { stdout, stderr } = await regsweep(['history', root, '--state-dir', state]);
    expect(stdout).toMatch(/4 records[\s\S]*the disk does not fill[\s\S]*1 record skipped/);
    expect(stderr).toContain('incomplete records skipped: 1');
  });
});
