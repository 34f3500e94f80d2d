/** Scans one folder `blobs/<alg>/<xx>`: one lstat a blob, no listing of its folder unless `data` is missing. */
import { type Algorithm, DIGEST_BYTES, isHexOf } from '../../storage/digest.js';
import { blobPrefixPath, DATA } from '../../storage/layout.js';
import type { Entry, FileStat } from '../../storage/port.js';
import { BLOB_FLAG, type BlobShard } from '../blobs.js';
import {
  isBeyond,
  listFolder,
  noteHollow,
  Observations,
  reasonOf,
  type ScanContext,
  seconds,
} from './context.js';

export interface BlobScan {
  readonly shard: BlobShard;
  /** Blobs with more than one name: position in the shard, file identity, number of names. */
  readonly hardLinks: readonly {
    readonly at: number;
    readonly file: string;
    readonly names: number;
  }[];
  /** Change times (s) of some of the blobs, where they differ from the modification time. */
  readonly changeTimes: Uint32Array;
  readonly seen: Observations;
}

/** Blobs per folder whose change time is looked at: enough to notice a chown of everything. */
const SAMPLES = 32;
const HOUR_MS = 3_600_000;

interface Row {
  readonly hex: string;
  readonly stat: FileStat;
  readonly flags: number;
}

/** @param behind a symbolic link leads to the folder, so nothing in it is ever removed */
export function scanBlobs(
  context: ScanContext,
  algorithm: Algorithm,
  prefix: string,
  behind: boolean,
): BlobScan {
  const seen = new Observations();
  const path = blobPrefixPath(algorithm, prefix);
  const listing = listFolder(context, seen, path);
  const rows: Row[] = [];
  if (listing !== undefined) {
    const fixed = behind || isBeyond(context, path) || listing.stat.dev !== context.device;
    if (listing.entries.length === 0 && !fixed) seen.emptyFolders.push(path);
    for (const entry of listing.entries) {
      const row = readBlob(context, seen, algorithm, path, entry, fixed ? BLOB_FLAG.immovable : 0);
      if (row !== undefined) rows.push(row);
    }
    rows.sort((a, b) => (a.hex < b.hex ? -1 : 1));
  }
  const entries = listing?.entries.length ?? 0;
  return { ...pack(context, algorithm, Number.parseInt(prefix, 16), rows, entries), seen };
}

function readBlob(
  context: ScanContext,
  seen: Observations,
  algorithm: Algorithm,
  parent: string,
  entry: Entry,
  flags: number,
): Row | undefined {
  const path = `${parent}/${entry.name}`;
  const misplaced = !entry.name.startsWith(parent.slice(-2));
  if (!isHexOf(algorithm, entry.name) || misplaced || !mayBeFolder(entry)) {
    seen.add({ code: 'stray-entry', path });
    return undefined;
  }
  try {
    const data = `${path}/${DATA}`;
    const stat = context.reader.lstat(data);
    if (stat === undefined) {
      noteHollow(context, seen, path, { code: 'blob-without-data', path });
      return undefined;
    }
    const fixed = entry.type === 'symlink' || stat.dev !== context.device ? BLOB_FLAG.immovable : 0;
    return resolveData(context, seen, data, entry.name, stat, flags | fixed);
  } catch (error) {
    seen.add({ code: 'unreadable-folder', path, detail: reasonOf(error) });
    return undefined;
  }
}

function mayBeFolder(entry: Entry): boolean {
  return entry.type === 'directory' || entry.type === 'symlink';
}

/** `data` may itself be a link to somewhere, or nothing that can be read. */
function resolveData(
  context: ScanContext,
  seen: Observations,
  data: string,
  hex: string,
  stat: FileStat,
  flags: number,
): Row {
  if (stat.type === 'file') return { hex, stat, flags };
  const target = stat.type === 'symlink' ? context.reader.stat(data) : undefined;
  if (target?.type === 'file') {
    seen.add({ code: 'symlinked', path: data });
    return { hex, stat: target, flags: flags | BLOB_FLAG.immovable };
  }
  seen.add({ code: 'not-a-file', path: data });
  const hollow = { ...stat, size: 0, blocks: 0 };
  return { hex, stat: hollow, flags: flags | BLOB_FLAG.immovable | BLOB_FLAG.unreadable };
}

function pack(
  context: ScanContext,
  algorithm: Algorithm,
  prefix: number,
  rows: readonly Row[],
  entries: number,
): Omit<BlobScan, 'seen'> {
  const width = DIGEST_BYTES[algorithm];
  const count = rows.length;
  const memory = new ArrayBuffer(count * (8 + 4 + 4 + width + 1));
  const size = new Float64Array(memory, 0, count);
  const blocks = new Uint32Array(memory, count * 8, count);
  const newest = new Uint32Array(memory, count * 12, count);
  const digests = new Uint8Array(memory, count * 16, count * width);
  const flags = new Uint8Array(memory, count * (16 + width), count);
  const bytes = Buffer.from(memory, count * 16, count * width);
  const hardLinks: { at: number; file: string; names: number }[] = [];
  rows.forEach(({ hex, stat, flags: rowFlags }, i) => {
    bytes.write(hex, i * width, 'hex');
    size[i] = stat.size;
    blocks[i] = stat.blocks;
    newest[i] = seconds(context.ageByMtime ? stat.mtimeMs : Math.max(stat.mtimeMs, stat.ctimeMs));
    flags[i] = rowFlags | (stat.nlink > 1 ? BLOB_FLAG.hardLinked : 0);
    if (stat.nlink > 1)
      hardLinks.push({ at: i, file: `${stat.dev}:${stat.ino}`, names: stat.nlink });
  });
  const sample = rows.slice(0, SAMPLES).filter(({ stat }) => stat.ctimeMs - stat.mtimeMs > HOUR_MS);
  const changeTimes = Uint32Array.from(sample, ({ stat }) => seconds(stat.ctimeMs));
  return {
    changeTimes,
    shard: { algorithm, prefix, count, entries, digests, size, blocks, newest, flags },
    hardLinks,
  };
}
