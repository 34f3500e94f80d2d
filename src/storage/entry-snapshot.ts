/** What stands below a folder at one moment, entry by entry. */
import type { FileStat, StorageReader } from './port.js';

/** One file or folder as it was when it was looked at. */
export interface EntrySnapshot extends FileStat {
  /** Relative to the item's own path; '' is the item itself. */
  readonly name: string;
}

/** Deeper than anything in a repository that may go. */
const MAX_DEPTH = 64;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * The item itself first, then all beneath it; empty when it is gone.
 * @param apart paths beneath it that are left out
 */
export function snapshot(
  reader: StorageReader,
  path: string,
  apart: ReadonlySet<string> = NOTHING,
): EntrySnapshot[] {
  const seen = snapshotAlone(reader, path);
  if (seen[0]?.type === 'directory') addBelow(reader, path, '', seen, apart, MAX_DEPTH);
  return seen;
}

/** The item itself; nothing when it is gone. */
export function snapshotAlone(reader: StorageReader, path: string): EntrySnapshot[] {
  const stat = reader.lstat(path);
  return stat === undefined ? [] : [named('', stat)];
}

/** Spelled out: a spread is several times slower, and a plan holds hundreds of thousands. */
function named(name: string, stat: FileStat): EntrySnapshot {
  const { type, dev, ino, nlink, size, blocks, mtimeMs, ctimeMs } = stat;
  return { name, type, dev, ino, nlink, size, blocks, mtimeMs, ctimeMs };
}

function addBelow(
  reader: StorageReader,
  path: string,
  prefix: string,
  seen: EntrySnapshot[],
  apart: ReadonlySet<string>,
  depth: number,
): void {
  if (depth === 0) throw new Error(`${path} nests too deep`);
  for (const name of (reader.names(path) ?? []).sort()) {
    const below = `${path}/${name}`;
    if (apart.has(below)) continue;
    const stat = reader.lstat(below);
    if (stat === undefined) continue;
    seen.push(named(prefix + name, stat));
    if (stat.type === 'directory') {
      addBelow(reader, below, `${prefix}${name}/`, seen, apart, depth - 1);
    }
  }
}
