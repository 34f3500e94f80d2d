/**
 * Scans folders `blobs/<alg>/<xx>`. Costs one lstat per blob. A blob's folder is listed only if
 * `data` is missing.
 */
import { type Algorithm, DIGEST_BYTES, decodeHex } from '../../storage/digest.js';
import { blobPrefixPath, DATA } from '../../storage/layout.js';
import type { FileStat } from '../../storage/port.js';
import { BLOB_FLAG, type BlobShard } from '../tables/blob-table.js';
import {
  containsMount,
  isElsewhere,
  isOnMount,
  listNamesOf,
  type Names,
  noteIncompleteFolder,
  readErrorReason,
  type ScanContext,
  ScanFindings,
  seconds,
  typeAt,
} from './context.js';

export interface BlobScan {
  readonly shards: readonly BlobShard[];
  /** Blobs whose file has more than one name. */
  readonly hardLinks: readonly HardLink[];
  /** Sampled change times (s since 1970) that are more than an hour after the modification time. */
  readonly changeTimes: readonly number[];
  readonly seen: ScanFindings;
}

export interface HardLink {
  readonly shard: number;
  readonly at: number;
  readonly file: string;
  readonly names: number;
}

export interface Prefix {
  readonly prefix: string;
  /** The folder is a symbolic link or lies behind one, so nothing in it is removed. */
  readonly behind: boolean;
}

/** Blobs per folder whose change time is sampled: enough to notice a chown of everything. */
const SAMPLES = 32;
const HOUR_MS = 3_600_000;

export function scanBlobs(
  context: ScanContext,
  algorithm: Algorithm,
  prefixes: readonly Prefix[],
): BlobScan {
  const seen = new ScanFindings();
  const scan = {
    shards: [] as BlobShard[],
    hardLinks: [] as HardLink[],
    changeTimes: [] as number[],
  };
  for (const { prefix, behind } of prefixes) {
    const path = blobPrefixPath(algorithm, prefix);
    const listing = listNamesOf(context, seen, path);
    if (listing === undefined) continue;
    const elsewhere = isElsewhere(context, path, listing.stat);
    if (elsewhere && !behind) seen.add({ code: 'other-filesystem', path });
    const isImmovable = behind || elsewhere;
    const mountsBelow = containsMount(context, path);
    const all = sorted(listing);
    const { names } = all;
    if (names.length === 0 && !isImmovable) seen.emptyFolders.push(path);
    const draft = new ShardDraft(algorithm, prefix, names.length, context.ageByMtime);
    let empty = 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const type = typeAt(all, i);
      if (!draft.begin(name) || (type !== 'directory' && type !== 'symlink')) {
        seen.add({ code: 'stray-entry', path: `${path}/${name}` });
        continue;
      }
      const folder = `${path}/${name}`;
      const mounted = mountsBelow && isMount(context, folder);
      const isFolderImmovable = isImmovable || type === 'symlink' || mounted;
      if (!isImmovable && type === 'symlink') seen.add({ code: 'symlinked', path: folder });
      else if (!isImmovable && mounted) seen.add({ code: 'other-filesystem', path: folder });
      const row = readBlob(context, seen, folder, isFolderImmovable ? BLOB_FLAG.immovable : 0);
      if (row === 'empty') empty += 1;
      else if (row !== undefined) draft.add(row.stat, row.flags, scan.shards.length, scan);
    }
    if (empty > 0 && empty === names.length && !isImmovable) seen.emptyFolders.push(path);
    scan.shards.push(draft.done());
  }
  return { ...scan, seen };
}

/**
 * A bind mount may have the same device. A folder that contains a mount counts as one, because
 * moving the folder would move the mount with it.
 */
function isMount(context: ScanContext, folder: string): boolean {
  return isOnMount(context, folder) || containsMount(context, folder);
}

function sorted({ names, types }: Names): Names {
  if (types === undefined) return { names: [...names].sort(), types };
  const rows = names.map((name, i) => ({ name, type: types[i]! }));
  rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { names: rows.map(({ name }) => name), types: rows.map(({ type }) => type) };
}

interface Row {
  readonly stat: FileStat;
  readonly flags: number;
}

function readBlob(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  flags: number,
): Row | 'empty' | undefined {
  try {
    const data = `${path}/${DATA}`;
    const stat = context.reader.lstat(data);
    if (stat === undefined) {
      const isEmpty = noteIncompleteFolder(context, seen, path, {
        code: 'blob-without-data',
        path,
      });
      return isEmpty ? 'empty' : undefined;
    }
    const isImmovable = stat.dev === context.device ? 0 : BLOB_FLAG.immovable;
    return resolveData(context, seen, data, stat, flags | isImmovable);
  } catch (error) {
    seen.add({ code: 'unreadable-folder', path, detail: readErrorReason(error) });
    return undefined;
  }
}

/** Handles a `data` that is a symbolic link, or not a regular file. */
function resolveData(
  context: ScanContext,
  seen: ScanFindings,
  data: string,
  stat: FileStat,
  flags: number,
): Row {
  if (stat.type === 'file') return { stat, flags };
  const target = stat.type === 'symlink' ? context.reader.stat(data) : undefined;
  if (target?.type === 'file') {
    seen.add({ code: 'symlinked', path: data });
    return { stat: target, flags: flags | BLOB_FLAG.immovable };
  }
  seen.add({ code: 'not-a-file', path: data });
  const hollow = { ...stat, size: 0, blocks: 0 };
  return { stat: hollow, flags: flags | BLOB_FLAG.immovable | BLOB_FLAG.unreadable };
}

/** The columns of one shard. Rows are added in the order of their digests. */
class ShardDraft {
  readonly #size: Float64Array;
  readonly #blocks: Uint32Array;
  readonly #newest: Uint32Array;
  readonly #digests: Uint8Array;
  readonly #flags: Uint8Array;
  readonly #width: number;
  #count = 0;

  constructor(
    private readonly algorithm: Algorithm,
    private readonly prefix: string,
    private readonly entries: number,
    private readonly ageByMtime: boolean,
  ) {
    const width = DIGEST_BYTES[algorithm];
    const memory = new ArrayBuffer(entries * (8 + 4 + 4 + width + 1));
    this.#width = width;
    this.#size = new Float64Array(memory, 0, entries);
    this.#blocks = new Uint32Array(memory, entries * 8, entries);
    this.#newest = new Uint32Array(memory, entries * 12, entries);
    this.#digests = new Uint8Array(memory, entries * 16, entries * width);
    this.#flags = new Uint8Array(memory, entries * (16 + width), entries);
  }

  /**
   * Writes the digest of the next row, from the name of a blob's folder.
   * @returns false if the name is not a digest, or belongs to another folder
   */
  begin(name: string): boolean {
    const width = this.#width;
    return (
      name.length === width * 2 &&
      name.startsWith(this.prefix) &&
      decodeHex(name, 0, width, this.#digests, this.#count * width)
    );
  }

  /** Completes the row of the last `begin`. */
  add(
    stat: FileStat,
    flags: number,
    shard: number,
    scan: { readonly hardLinks: HardLink[]; readonly changeTimes: number[] },
  ): void {
    const at = this.#count++;
    const { mtimeMs, ctimeMs, nlink } = stat;
    this.#size[at] = stat.size;
    this.#blocks[at] = stat.blocks;
    this.#newest[at] = seconds(this.ageByMtime ? mtimeMs : Math.max(mtimeMs, ctimeMs));
    this.#flags[at] = flags | (nlink > 1 ? BLOB_FLAG.hardLinked : 0);
    if (nlink > 1)
      scan.hardLinks.push({ shard, at, file: `${stat.dev}:${stat.ino}`, names: nlink });
    if (at < SAMPLES && ctimeMs - mtimeMs > HOUR_MS) scan.changeTimes.push(seconds(ctimeMs));
  }

  done(): BlobShard {
    const { algorithm, entries } = this;
    const count = this.#count;
    return {
      algorithm,
      prefix: Number.parseInt(this.prefix, 16),
      count,
      entries,
      digests: this.#digests.subarray(0, count * this.#width),
      size: this.#size.subarray(0, count),
      blocks: this.#blocks.subarray(0, count),
      newest: this.#newest.subarray(0, count),
      flags: this.#flags.subarray(0, count),
    };
  }
}
