/** Takes snapshots of items in the pool, packed into columns for the transfer between threads. */
import { type EntrySnapshot, snapshot, snapshotItem } from '../../storage/entry-snapshot.js';
import type { EntryType, StorageReader } from '../../storage/port.js';

export interface SnapshotTask {
  readonly type: 'snapshots';
  readonly paths: readonly string[];
  /** Snapshots only the items themselves, not what their folders contain. */
  readonly itemsOnly: boolean;
  /** Paths below the items to leave out. */
  readonly exclude: readonly string[];
}

/** One row per entry. `counts[i]` is the number of rows of item i. */
export interface PackedSnapshots {
  readonly counts: Uint32Array;
  readonly names: readonly string[];
  readonly types: Uint8Array;
  /** `WIDTH` numbers per row. */
  readonly numbers: Float64Array;
}

const TYPES: readonly EntryType[] = ['directory', 'file', 'symlink', 'other', 'unknown'];
const WIDTH = 7;

export function packSnapshots(
  reader: StorageReader,
  { paths, itemsOnly, exclude }: SnapshotTask,
): PackedSnapshots {
  const excluded = new Set(exclude);
  const all = paths.map((path) =>
    itemsOnly ? snapshotItem(reader, path) : snapshot(reader, path, excluded),
  );
  const rows = all.flat();
  const types = new Uint8Array(rows.length);
  const numbers = new Float64Array(rows.length * WIDTH);
  rows.forEach((row, i) => {
    types[i] = TYPES.indexOf(row.type);
    const at = i * WIDTH;
    numbers[at] = row.dev;
    numbers[at + 1] = row.ino;
    numbers[at + 2] = row.nlink;
    numbers[at + 3] = row.size;
    numbers[at + 4] = row.blocks;
    numbers[at + 5] = row.mtimeMs;
    numbers[at + 6] = row.ctimeMs;
  });
  return {
    counts: Uint32Array.from(all, (seen) => seen.length),
    names: rows.map(({ name }) => name),
    types,
    numbers,
  };
}

export function unpackSnapshots({
  counts,
  names,
  types,
  numbers,
}: PackedSnapshots): EntrySnapshot[][] {
  let row = 0;
  return Array.from(counts, (count) => {
    const seen: EntrySnapshot[] = [];
    for (let i = 0; i < count; i++, row++) {
      const at = row * WIDTH;
      seen.push({
        name: names[row]!,
        type: TYPES[types[row]!]!,
        dev: numbers[at]!,
        ino: numbers[at + 1]!,
        nlink: numbers[at + 2]!,
        size: numbers[at + 3]!,
        blocks: numbers[at + 4]!,
        mtimeMs: numbers[at + 5]!,
        ctimeMs: numbers[at + 6]!,
      });
    }
    return seen;
  });
}
