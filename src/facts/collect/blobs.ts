/** Collects all folders `blobs/<alg>/<xx>` into one table. */
import { type Algorithm, isAlgorithm } from '../../storage/digest.js';
import { BLOBS, blobPrefixPath } from '../../storage/layout.js';
import type { Prefix } from '../scan/blobs.js';
import {
  isElsewhere,
  type Listing,
  listFolder,
  type ScanContext,
  ScanFindings,
} from '../scan/context.js';
import { type BlobShard, BlobTable } from '../tables/blob-table.js';
import type { Facts, Node } from '../types.js';
import type { Collector } from './collector.js';

export interface Blobs {
  readonly table: BlobTable;
  readonly hardLinks: Facts['hardLinks'];
}

/** Folders per task. */
const FOLDERS_PER_TASK = 4;

/** The folders that one task scans. */
export interface Group {
  readonly algorithm: Algorithm;
  readonly prefixes: readonly Prefix[];
}

/** Scans the groups in the pool. Suspiciously equal change times become a finding. */
export async function collectBlobs(
  collector: Collector,
  context: ScanContext,
  groups: readonly Group[],
): Promise<Blobs> {
  const shards: BlobShard[] = [];
  const linked: { shard: BlobShard; at: number; file: string; names: number }[] = [];
  const changeTimes: number[] = [];
  let done = 0;
  await Promise.all(
    groups.map(async (group) => {
      const result = await collector.pool.run({ type: 'blobs', ...group });
      collector.note(result);
      shards.push(...result.shards);
      changeTimes.push(...result.changeTimes);
      for (const link of result.hardLinks) {
        linked.push({ ...link, shard: result.shards[link.shard]! });
      }
      collector.progress({ stage: 'blobs', done: ++done, total: groups.length });
    }),
  );
  const table = new BlobTable(shards);
  if (!context.ageByMtime) noteEqualTimes(collector, table, changeTimes);
  const hardLinks = new Map<Node, { file: string; names: number }>();
  for (const { shard, at, file, names } of linked) {
    hardLinks.set(table.nodeIn(shard, at), { file, names });
  }
  return { table, hardLinks };
}

/** Lists the folders `blobs/<alg>/<xx>`, grouped into tasks. Other entries become findings. */
export function findPrefixes(collector: Collector, context: ScanContext): Group[] {
  const seen = new ScanFindings();
  const groups: Group[] = [];
  const listing = listFolder(context, seen, BLOBS);
  const above = listing === undefined ? false : noteBoundary(context, seen, BLOBS, listing, false);
  for (const entry of listing?.entries ?? []) {
    const path = `${BLOBS}/${entry.name}`;
    if (!isAlgorithm(entry.name)) {
      const code = entry.type === 'directory' ? 'unknown-algorithm' : 'stray-entry';
      seen.add({ code, path });
      continue;
    }
    const algorithm = entry.name;
    const listed = listFolder(context, seen, path);
    const behind = listed === undefined ? above : noteBoundary(context, seen, path, listed, above);
    const prefixes: Prefix[] = [];
    for (const { name: prefix, type } of listed?.entries ?? []) {
      const folder = type === 'directory' || type === 'symlink';
      const isBehind = behind || type === 'symlink';
      if (!behind && type === 'symlink') {
        seen.add({ code: 'symlinked', path: blobPrefixPath(algorithm, prefix) });
      }
      if (folder && /^[0-9a-f]{2}$/.test(prefix)) prefixes.push({ prefix, behind: isBehind });
      else seen.add({ code: 'stray-entry', path: blobPrefixPath(algorithm, prefix) });
    }
    for (let i = 0; i < prefixes.length; i += FOLDERS_PER_TASK) {
      groups.push({ algorithm, prefixes: prefixes.slice(i, i + FOLDERS_PER_TASK) });
    }
  }
  collector.note(seen);
  return groups;
}

/**
 * Adds a finding at the folder where an immovable part of the tree begins.
 * @param above the parent folder is immovable already
 * @returns whether the folder is immovable
 */
function noteBoundary(
  context: ScanContext,
  seen: ScanFindings,
  path: string,
  { stat }: Listing,
  above: boolean,
): boolean {
  if (above) return true;
  const isLink = context.reader.lstat(path)?.type === 'symlink';
  if (isLink) seen.add({ code: 'symlinked', path });
  else if (isElsewhere(context, path, stat)) seen.add({ code: 'other-filesystem', path });
  else return false;
  return true;
}

/** Estimates the number of blobs from the first folder, because digests are spread evenly. */
export function estimateBlobs(context: ScanContext, groups: readonly Group[]): number {
  const first = groups[0];
  if (first === undefined) return 0;
  const path = blobPrefixPath(first.algorithm, first.prefixes[0]!.prefix);
  const folders = groups.reduce((sum, { prefixes }) => sum + prefixes.length, 0);
  try {
    return (context.reader.names(path)?.length ?? 0) * folders;
  } catch {
    // The scan lists the folder again, and reports the error.
    return 0;
  }
}

const BULK_SECONDS = 600;
const FEW = 50;

/**
 * Reports if half of the sampled change times lie within BULK_SECONDS. A chown at each start, or a
 * restored backup, makes all blobs look recent.
 */
function noteEqualTimes(
  collector: Collector,
  table: BlobTable,
  changeTimes: readonly number[],
): void {
  if (table.count < FEW || changeTimes.length < FEW) return;
  const sorted = [...changeTimes].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const bulk = sorted.some((time, i) => (sorted[i + half] ?? Infinity) - time <= BULK_SECONDS);
  if (bulk) collector.findings.add({ code: 'equal-ctimes', path: BLOBS });
}
