/** Reads the storage tree into `Facts`. This stage makes no decisions and reports every error. */
import type { Digest } from '../storage/digest.js';
import { mountedTwice, mountsWithin } from '../storage/mounts/own-mounts.js';
import type { StorageReader, StorageTree } from '../storage/port.js';
import { UNKNOWN_TIME } from '../util/iso-time.js';
import { classifyBadLayers } from './collect/bad-layer-links.js';
import { collectBlobs, estimateBlobs, findPrefixes } from './collect/blobs.js';
import { Collector, type ReadProgress, Resolver } from './collect/collector.js';
import { ManifestCollector } from './collect/manifests.js';
import { RepositoryCollector } from './collect/repositories.js';
import type { Depth } from './collect/repository-scan.js';
import { FindingLog } from './findings.js';
import { DigestPacker } from './packed-digests.js';
import { openPool, type Pool } from './pool/pool.js';
import { contextOf, type TrashLayer, type WorkerSetup } from './pool/setup.js';
import { readErrorReason } from './scan/context.js';
import { noteForeignMetadata } from './scan/foreign-metadata.js';
import { SymlinkTargets } from './tables/symlink-targets.js';
import { digestOf, type Facts, type Node } from './types.js';

export type { ReadProgress } from './collect/collector.js';

export interface ReadOptions {
  /** Number of threads. Undefined: two, and more while the CPU is idle. */
  readonly concurrency?: number | undefined;
  /**
   * `newest`: a blob's age counts from the newest of its mtime, its ctime and its layer links'
   * mtimes. `mtime`: ctimes are ignored.
   */
  readonly ageBy: 'newest' | 'mtime';
  /** Seconds since 1970, rounded up like every time that the scan reads. */
  readonly now: number;
  /** In seconds. */
  readonly minAge: number;
  /** Number of findings kept for each code. All are counted. */
  readonly keepFindings: number;
  /** Digests to read as manifests even if no link names them (`--keep-digests`). */
  readonly alsoParse?: readonly Digest[];
  /**
   * - `full` (the default) stats every link once.
   * - `deep` also reads the content of every layer link (`check`).
   * - `brief` is for the overview of a large tree. It lists layer links by name only, and reads no
   *   tag history unless `history` is set. Call `ageGarbage` after a first mark. No plan may be
   *   made from brief facts.
   */
  readonly depth?: 'brief' | 'full' | 'deep';
  readonly history?: boolean;
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * A filesystem to read instead of the disk. It is read in this thread, and mounts are ignored.
   */
  readonly reader?: StorageReader;
  /** Quarantined files to read as if they were in the tree. Mounts are then ignored. */
  readonly trash?: readonly TrashLayer[];
}

/** Opens threads for one or more scans of a tree. The caller closes them. */
export function openScan(tree: StorageTree, options: ReadOptions): Pool {
  return openPool(setupFor(tree, options), options.concurrency, options.reader);
}

/**
 * @param scan threads of the caller; without them the function opens and closes its own
 * @throws the reason of `options.signal` when it is aborted
 * @throws RegsweepError `failed` when a scan thread dies. Other errors become findings.
 */
export async function readFacts(
  tree: StorageTree,
  options: ReadOptions,
  scan?: Pool,
): Promise<Facts> {
  if (scan !== undefined) {
    scan.begin(setupFor(tree, options));
    return readAll(tree, options, scan);
  }
  const own = openScan(tree, options);
  try {
    return await readAll(tree, options, own);
  } finally {
    await own.close();
  }
}

async function readAll(tree: StorageTree, options: ReadOptions, pool: Pool): Promise<Facts> {
  const { reader } = options;
  const context = contextOf(setupFor(tree, options), reader);
  const findings = new FindingLog(options.keepFindings);
  const collector = new Collector(pool, findings, options.onProgress, options.signal);
  noteForeignMetadata(tree, findings, reader);
  const prefixes = findPrefixes(collector, context);
  const estimate = estimateBlobs(context, prefixes);
  const depth = depthFor(options, estimate);
  const blobsRead = collectBlobs(collector, context, prefixes);
  if (estimate > SEQUENTIAL_FROM) await blobsRead;
  const ready = blobsRead.then(({ table }) => new Resolver(table));
  const repositories = new RepositoryCollector(collector, ready, depth).collect();
  const [blobs, resolver, found] = await Promise.all([blobsRead, ready, repositories]);
  const manifests = await new ManifestCollector(collector, resolver, found, context.reader).collect(
    {
      alsoParse: options.alsoParse ?? [],
      recentSince: options.now - options.minAge,
    },
  );
  classifyBadLayers(found.repositories, manifests, findings);
  for (const path of context.reader.takeSymlinks()) collector.links.add(path);
  return {
    tree,
    linked: new SymlinkTargets([
      ...targetsOfLinks(collector, context.reader),
      ...(reader === undefined ? mountedTwice(tree.v2) : []),
    ]),
    scannedAtMs: options.now * 1000,
    blobs: blobs.table,
    absent: resolver.absent,
    repositories: found.repositories,
    namespaces: found.namespaces,
    guesses: Uint32Array.from(found.guesses),
    manifests,
    emptyFolders: collector.emptyFolders,
    findings,
    hardLinks: blobs.hardLinks,
    layerTimes: depth.links !== 'names',
  };
}

/**
 * A link to a folder above itself is omitted: everything behind it is also in the tree under its
 * real path.
 */
function* targetsOfLinks({ links, findings }: Collector, reader: StorageReader): Generator<string> {
  for (const path of links) {
    try {
      const end = reader.resolve(path);
      if (end !== undefined && !path.startsWith(`${end}/`)) yield end;
    } catch (error) {
      findings.add({ code: 'unreadable-folder', path, detail: readErrorReason(error) });
    }
  }
}

/**
 * A tree with fewer blobs (estimated) is read in full even for `brief`, because it takes no longer.
 */
const BRIEF_FROM = 20_000;

/**
 * From this number of blobs, the blobs are read before the repositories. Otherwise the results that
 * wait for the blob table would take too much memory.
 */
const SEQUENTIAL_FROM = 200_000;

function depthFor({ depth = 'full', history = false }: ReadOptions, blobs: number): Depth {
  if (depth === 'deep') return { links: 'content', history: true };
  if (depth === 'brief' && blobs > BRIEF_FROM) return { links: 'names', history };
  return { links: 'times', history: true };
}

function setupFor(tree: StorageTree, { ageBy, reader, trash = [] }: ReadOptions): WorkerSetup {
  return {
    base: tree.v2,
    device: tree.device,
    ageByMtime: ageBy === 'mtime',
    mounts: reader === undefined && trash.length === 0 ? mountsWithin(tree.v2) : [],
    trash,
  };
}

/**
 * Completes brief facts. Reads the times of the layer links that can change a decision: links to
 * blobs that a first mark did not reach, and links of repositories that have neither tags nor
 * revisions.
 * @param isCandidate tells whether the age of a blob matters
 */
export async function ageGarbage(
  facts: Facts,
  scan: Pool,
  isCandidate: (node: Node) => boolean,
): Promise<void> {
  if (facts.layerTimes) return;
  const { blobs } = facts;
  await Promise.all(
    facts.repositories.map(async (repository) => {
      const { name, layers, tags, revisions } = repository;
      const isBare =
        repository.newestLayerLink === UNKNOWN_TIME &&
        tags.names.length === 0 &&
        revisions.node.length === 0;
      const nodes = layers.filter((node) => isBare || (node < blobs.count && isCandidate(node)));
      if (nodes.length === 0) return;
      const packer = new DigestPacker();
      for (const node of nodes) packer.add(digestOf(facts, node));
      const task = { type: 'link-times', repository: name, count: nodes.length } as const;
      const { changed } = await scan.run({ ...task, digests: packer.done() });
      nodes.forEach((node, i) => {
        if (node < blobs.count) blobs.touch(node, changed[i]!);
      });
      if (isBare) repository.newestLayerLink = changed.reduce((a, b) => Math.max(a, b), 0);
    }),
  );
}
