/** Takes snapshots of many items in the pool. */
import type { EntrySnapshot } from '../../storage/entry-snapshot.js';
import type { Pool } from './pool.js';
import { type PackedSnapshots, type SnapshotTask, unpackSnapshots } from './snapshots.js';

/** Yields each batch, in order, with the snapshots of its items. */
export async function* takeSnapshots<T extends Omit<SnapshotTask, 'type'>>(
  pool: Pool,
  batches: Iterable<T>,
): AsyncGenerator<readonly [T, EntrySnapshot[][]]> {
  const inProgress: { batch: T; result: Promise<PackedSnapshots> }[] = [];
  for (const batch of batches) {
    const { paths, itemsOnly, exclude } = batch;
    const result = pool.run({ type: 'snapshots', paths, itemsOnly, exclude });
    // The consumer that awaits this promise sees the failure. After an earlier failure nobody
    // awaits it, and Node must not report an unhandled rejection.
    result.catch(() => undefined);
    inProgress.push({ batch, result });
    if (inProgress.length >= MAX_IN_PROGRESS) yield await first(inProgress);
  }
  while (inProgress.length > 0) yield await first(inProgress);
}

/** Batches in progress: enough for all threads, few enough for the memory. */
const MAX_IN_PROGRESS = 12;

async function first<T>(
  underWay: { batch: T; result: Promise<PackedSnapshots> }[],
): Promise<readonly [T, EntrySnapshot[][]]> {
  const { batch, result } = underWay.shift()!;
  return [batch, unpackSnapshots(await result)];
}
