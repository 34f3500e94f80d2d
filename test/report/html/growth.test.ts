import { expect, it } from 'vitest';
import { growthOf } from '../../../src/report/html/growth.js';
import { looked, randomStore } from './store.js';

const DAY_MS = 86_400_000;

it('the growth has the scans before this one and this one, at most 200 of them', async () => {
  const { report } = await looked(randomStore(1));
  const { diskBytes, garbage, quarantined } = report.totals;
  const atMs = Date.parse(report.run.scannedAt);
  const now = {
    atMs,
    diskBytes,
    garbageDiskBytes: garbage.diskBytes,
    quarantinedDiskBytes: quarantined.diskBytes,
  };
  const scan = (days: number) => ({
    atMs: atMs + days * DAY_MS,
    diskBytes: 1000 + days,
    garbageDiskBytes: 10,
    quarantinedDiskBytes: 0,
  });
  expect(growthOf([], report)).toEqual([]);
  expect(growthOf([scan(0), scan(1)], report)).toEqual([]);
  expect(growthOf([scan(-9), scan(-2), scan(3)], report)).toEqual([scan(-9), scan(-2), now]);
  const years = Array.from({ length: 900 }, (_, i) => scan(i - 900));
  const points = growthOf(years, report);
  expect(points.length).toBeGreaterThan(150);
  expect(points.length).toBeLessThanOrEqual(200);
  expect(points.slice(-2)).toEqual([scan(-1), now]);
  expect(points.every((point, i) => i === 0 || point.atMs > points[i - 1]!.atMs)).toBe(true);
});
