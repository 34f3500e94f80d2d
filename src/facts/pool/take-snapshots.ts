/** Snapshots of many items, taken in the pool. */
import type { EntrySnapshot } from '../../storage/entry-snapshot.js';
import type { Pool } from './pool.js';
import { type PackedSnapshots, type SnapshotTask, unpackSnapshots } from './snapshots.js';

/** One after the other, each with the snapshots of its items. */
export async function* takeSnapshots<T extends Omit<SnapshotTask, 'type'>>(
  pool: Pool,
  batches: Iterable<T>,
): AsyncGenerator<readonly [T, EntrySnapshot[][]]> {
  const underWay: { batch: T; result: Promise<PackedSnapshots> }[] = [];
  for (const batch of batches) {
    const { paths, alone, apart } = batch;
    const result = pool.run({ type: 'snapshots', paths, alone, apart });
    // Whoever waits for it hears of a failure; nobody does once an earlier one has failed.
    result.catch(() => undefined);
    underWay.push({ batch, result });
    if (underWay.length >= UNDER_WAY) yield await first(underWay);
  }
  while (underWay.length > 0) yield await first(underWay);
}

/** Enough for all threads, few enough to keep in memory. */
const UNDER_WAY = 12;

async function first<T>(
  underWay: { batch: T; result: Promise<PackedSnapshots> }[],
): Promise<readonly [T, EntrySnapshot[][]]> {
  const { batch, result } = underWay.shift()!;
  return [batch, unpackSnapshots(await result)];
}
