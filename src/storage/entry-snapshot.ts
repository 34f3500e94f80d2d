/** Snapshots of an item: its lstat, and that of everything below it. */
import type { FileStat, StorageReader } from './port.js';

/** A file or folder at the time of the snapshot. */
export interface EntrySnapshot extends FileStat {
  /** Path relative to the item; '' for the item itself. */
  readonly name: string;
}

/** Deeper than any item that may be removed. */
const MAX_DEPTH = 64;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * @param excluded paths below the item to leave out
 * @returns the item first, then everything below it; empty if the item does not exist
 * @throws Error if it is nested deeper than MAX_DEPTH
 */
export function snapshot(
  reader: StorageReader,
  path: string,
  excluded: ReadonlySet<string> = NOTHING,
): EntrySnapshot[] {
  const seen = snapshotItem(reader, path);
  if (seen[0]?.type === 'directory') addBelow(reader, path, '', seen, excluded, MAX_DEPTH);
  return seen;
}

/** @returns the item only; empty if it does not exist */
export function snapshotItem(reader: StorageReader, path: string): EntrySnapshot[] {
  const stat = reader.lstat(path);
  return stat === undefined ? [] : [named('', stat)];
}

/**
 * Copies field by field. A spread is several times slower, and a plan has hundreds of thousands.
 */
function named(name: string, stat: FileStat): EntrySnapshot {
  const { type, dev, ino, nlink, size, blocks, mtimeMs, ctimeMs } = stat;
  return { name, type, dev, ino, nlink, size, blocks, mtimeMs, ctimeMs };
}

function addBelow(
  reader: StorageReader,
  path: string,
  prefix: string,
  seen: EntrySnapshot[],
  excluded: ReadonlySet<string>,
  depth: number,
): void {
  if (depth === 0) throw new Error(`${path} is nested too deeply`);
  for (const name of (reader.names(path) ?? []).sort()) {
    const below = `${path}/${name}`;
    if (excluded.has(below)) continue;
    const stat = reader.lstat(below);
    if (stat === undefined) continue;
    seen.push(named(prefix + name, stat));
    if (stat.type === 'directory') {
      addBelow(reader, below, `${prefix}${name}/`, seen, excluded, depth - 1);
    }
  }
}
