import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { progressText, Speed } from '../../src/cli/output/progress.js';
import { readFacts } from '../../src/facts/read.js';
import { nodeOf } from '../../src/facts/types.js';
import { openTree } from '../../src/storage/tree.js';
import { parseRate } from '../../src/util/units.js';
import { readVerifyLog, VerifyLog } from '../../src/verify/log.js';
import { makeShared, Shared } from '../../src/verify/throttle.js';
import { TreeBuilder } from '../harness/offline.js';
import { tempFolder } from '../harness/temp.js';

const START = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse(START) + 3_600_000;

async function world() {
  const folder = await tempFolder();
  const builder = new TreeBuilder(join(folder, 'root'));
  const [a, b] = [builder.blob('a'), builder.blob('b')];
  const tree = await openTree(builder.root);
  const facts = await readFacts(tree, { ageBy: 'mtime', now: 0, minAge: 0, keepFindings: 1 });
  const path = join(folder, 'verify.log');
  const fail = (error: unknown): never => {
    throw error;
  };
  const open = (resumed = false): VerifyLog =>
    new VerifyLog(() => path, tree, START, resumed, fail);
  const read = async (nowMs = NOW, of = tree) => {
    const { known, startedAt } = await readVerifyLog(path, of, facts.blobs, nowMs);
    return { startedAt, known: [a, b].map((digest) => known.get(nodeOf(facts, digest)!)) };
  };
  return { a, b, tree, path, open, read };
}

const NOTHING = { startedAt: undefined, known: [undefined, undefined] };

describe('the log of a verification', () => {
  it('gives back what was found right', async () => {
    const { a, b, open, read } = await world();
    expect(await read()).toEqual(NOTHING);
    const first = open();
    first.add(a, 1, 5n);
    first.flush();
    first.close();
    const second = open(true);
    second.add(b, 1, -7n);
    second.flush();
    second.close();
    const known = [
      { size: 1, mtimeNs: 5n },
      { size: 1, mtimeNs: -7n },
    ];
    expect(await read()).toEqual({ startedAt: START, known });
  });

  it('takes nothing from a torn line, and goes on after it', async () => {
    const { a, b, path, open, read } = await world();
    const first = open();
    first.add(a, 1, 5n);
    first.flush();
    first.close();
    appendFileSync(path, `${b} 1 12`);
    const known = [{ size: 1, mtimeNs: 5n }, undefined];
    expect(await read()).toEqual({ startedAt: START, known });
    const second = open(true);
    second.add(b, 1, 123n);
    second.flush();
    second.close();
    expect((await read()).known[1]).toEqual({ size: 1, mtimeNs: 123n });
  });

  it.each([
    ['after the end', 'end\n', NOW, {}],
    ['too old', '', NOW + 8 * 86_400_000, {}],
    ['from the future', '', NOW - 86_400_000, {}],
    ['of another store', '', NOW, { inode: '1' }],
  ])('counts for nothing: %s', async (_, more, now, other) => {
    const { a, tree, path, open, read } = await world();
    const log = open();
    log.add(a, 1, 5n);
    log.flush();
    log.close();
    appendFileSync(path, more);
    expect(await read(now, { ...tree, ...other })).toEqual(NOTHING);
  });

  it('writes no log where there is nothing to go on from', async () => {
    const { a, path, open } = await world();
    const log = open();
    log.add(a, 1, 5n);
    log.end();
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });

  it('counts for nothing where it is no log', async () => {
    const { path, read } = await world();
    writeFileSync(path, 'garbage\n\0');
    expect(await read()).toEqual(NOTHING);
  });
});

describe('the limit', () => {
  it('spreads reads over time, and makes up for nothing', () => {
    const shared = new Shared(makeShared());
    const start = performance.now();
    for (let i = 0; i < 6; i++) shared.admit(10_000, 100_000);
    const ms = performance.now() - start;
    expect([ms >= 490, ms < 900]).toEqual([true, true]);
  });

  it('waits no longer once it is stopped', () => {
    const shared = new Shared(makeShared());
    shared.admit(1, 1);
    shared.stop();
    const start = performance.now();
    shared.admit(100, 1);
    expect([shared.stopped, performance.now() - start < 500]).toEqual([true, true]);
  });
});

it.each([
  ['50M', 50_000_000],
  ['1g', 1_000_000_000],
  ['1.5k', 1500],
  ['2Ki', 2048],
  ['50MB/s', 50_000_000],
  ['4096', 4096],
])('the rate %s is %i', (text, rate) => {
  expect(parseRate(text, '--bwlimit')).toBe(rate);
});

it('progress tells the speed and the time left', () => {
  const speed = new Speed();
  const speeds = [
    [0, 0],
    [100e6, 1000],
    [200e6, 2000],
    [200e6, 42_000],
  ].map(([done, now]) => speed.note(done!, now!));
  expect(speeds).toEqual([0, 100e6, 100e6, 0]);
  const update = { stage: 'verified', done: 200e6, total: 1e9 };
  expect([
    progressText({ ...update, unit: 'bytes' }, 100e6),
    progressText({ ...update, unit: 'bytes' }, 0),
    progressText({ stage: 'moved', done: 1200 }, 10),
  ]).toEqual([
    'verified: 200 MB of 1 GB, 100 MB/s, 8 s left',
    'verified: 200 MB of 1 GB',
    'moved: 1,200',
  ]);
});
