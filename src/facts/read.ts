/** READ: the storage tree → Facts. Nothing is decided here, and nothing is swallowed. */
import type { Digest } from '../storage/digest.js';
import { DiskReader } from '../storage/disk.js';
import { mountsWithin } from '../storage/mounts.js';
import type { StorageReader, StorageTree } from '../storage/port.js';
import { collectBlobs } from './collect/blobs.js';
import { Collector, type Progress, Resolver } from './collect/collector.js';
import { ManifestCollector } from './collect/manifests.js';
import { RepositoryCollector } from './collect/repositories.js';
import { FindingLog } from './findings.js';
import { noteForeignMetadata } from './foreign.js';
import { openPool } from './pool/pool.js';
import type { Facts } from './types.js';

export type { Progress } from './collect/collector.js';

export interface ReadOptions {
  /** Threads; undefined: two, and more while the CPU idles. */
  readonly concurrency?: number | undefined;
  /** A blob's age is the newest of its times, or its modification time and its links' alone. */
  readonly ageBy: 'newest' | 'mtime';
  /** Seconds since 1970, rounded up, as every time on the disk is. */
  readonly now: number;
  /** Seconds. */
  readonly minAge: number;
  /** Findings kept for each code; all are counted. */
  readonly keepFindings: number;
  /** Digests to read as manifests though nothing may link them (they are in use somewhere). */
  readonly alsoParse?: readonly Digest[];
  /** Read every layer link's content too (`check`). */
  readonly readLayerLinks?: boolean;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A filesystem to read instead of the disk: in this thread, without mounts. */
  readonly reader?: StorageReader;
}

/**
 * @throws whatever `options.signal` was aborted with
 * @throws RegsweepError `failed` when a scan thread dies; all else becomes a finding
 */
export async function readFacts(tree: StorageTree, options: ReadOptions): Promise<Facts> {
  const { reader } = options;
  const setup = {
    base: tree.v2,
    device: tree.device,
    ageByMtime: options.ageBy === 'mtime',
    mounts: reader === undefined ? mountsWithin(tree.v2) : [],
  };
  const context = { ...setup, reader: reader ?? new DiskReader(tree.v2) };
  const scannedAtMs = options.now * 1000;
  const pool = openPool(setup, options.concurrency, reader);
  try {
    const findings = new FindingLog(options.keepFindings);
    const collector = new Collector(pool, findings, options.onProgress, options.signal);
    noteForeignMetadata(tree, findings, reader);
    const blobs = await collectBlobs(collector, context);
    const resolver = new Resolver(blobs.table);
    const readAll = options.readLayerLinks ?? false;
    const found = await new RepositoryCollector(collector, resolver, readAll).collect();
    const manifests = await new ManifestCollector(collector, resolver, found).collect({
      alsoParse: options.alsoParse ?? [],
      youngSince: options.now - options.minAge,
    });
    return {
      tree,
      scannedAtMs,
      blobs: blobs.table,
      absent: resolver.absent,
      repositories: found.repositories,
      namespaces: found.namespaces,
      guesses: Uint32Array.from(found.guesses),
      manifests,
      emptyFolders: collector.emptyFolders,
      findings,
      hardLinks: blobs.hardLinks,
    };
  } finally {
    await pool.close();
  }
}
