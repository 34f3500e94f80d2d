import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LONGEST_SILENCE, PullRecords } from '../../src/app/pulls/records.js';

const folder = mkdtempSync(join(tmpdir(), 'regsweep-pulls-'));
afterAll(() => rmSync(folder, { recursive: true }));
const NOW = 1_800_000_000;
const DAY = 86_400;

function covering(...times: number[]): PullRecords {
  const records = new PullRecords();
  for (const time of times) records.cover(time);
  return records;
}

describe('since when pulls are on record', () => {
  it.each<[string, number[], number | undefined]>([
    ['nothing', [], undefined],
    ['from the first request', [NOW - 9 * DAY, NOW - 6 * DAY, NOW - 3 * DAY, NOW], NOW - 9 * DAY],
    ['in any order', [NOW, NOW - 6 * DAY, NOW - 3 * DAY, NOW - 9 * DAY], NOW - 9 * DAY],
    ['not before a gap', [NOW - 90 * DAY, NOW - 4 * DAY, NOW - DAY], NOW - 4 * DAY],
    ['records that ended', [NOW - 9 * DAY, NOW - LONGEST_SILENCE - 1], undefined],
    ['a silence that is just short enough', [NOW - LONGEST_SILENCE], NOW - LONGEST_SILENCE],
  ])('%s', (_, times, expected) => {
    expect(covering(...times).since(NOW)).toBe(expected);
  });

  it('survives writing, and later imports close gaps', () => {
    const path = join(folder, 'pulls.json');
    covering(NOW - 9 * DAY, NOW).write(path);
    expect(PullRecords.read(path)!.since(NOW)).toBe(NOW);
    const records = PullRecords.read(path)!;
    records.cover(NOW - 6 * DAY);
    records.cover(NOW - 3 * DAY);
    records.write(path);
    expect(PullRecords.read(path)!.since(NOW)).toBe(NOW - 9 * DAY);
  });
});

it('the later pull counts', () => {
  const records = new PullRecords();
  for (const time of [5, 9, 7]) records.add({ repository: 'a', reference: 'v1', time });
  expect([records.last('a', 'v1'), records.last('a', 'v2'), records.last('b', 'v1')]).toEqual([
    9, 0, 0,
  ]);
});

it('is bounded: with the oldest records goes the time before which nothing is known', () => {
  const path = join(folder, 'full.json');
  const records = covering(NOW - 100, NOW);
  for (let i = 0; i < 50; i++)
    records.add({ repository: `r${i % 7}`, reference: `t${i}`, time: NOW - 100 + i });
  records.write(path, 20);
  const read = PullRecords.read(path)!;
  expect([read.count, read.since(NOW)]).toEqual([20, NOW - 100 + 29]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it.each(['', '{', '{"schemaVersion":2}'])(
  'what can’t be read is an error, not an empty record: %j',
  (text) => {
    const path = join(folder, 'damaged.json');
    writeFileSync(path, text);
    expect(() => PullRecords.read(path)).toThrow('the records of pulls can');
    expect(PullRecords.read(join(folder, 'none.json'))).toBeUndefined();
  },
);
