/** READ: the storage tree → Facts. Nothing is decided here, and nothing is swallowed. */
import type { Digest } from '../storage/digest.js';
import { mountedTwice, mountsWithin } from '../storage/mounts/own-mounts.js';
import type { StorageReader, StorageTree } from '../storage/port.js';
import { settleBadLayers } from './collect/bad-layer-links.js';
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
import { UNKNOWN_TIME } from './scan/layers.js';
import { LinkedPlaces } from './tables/symlink-targets.js';
import { digestOf, type Facts, type Node } from './types.js';

export type { ReadProgress } from './collect/collector.js';

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
  /**
   * `full` (the default) looks at every link once; `deep` also reads what every layer link holds
   * (`check`). `brief` is for the overview of a large tree: layer links by name, and no tag history
   * unless `history`; call `ageGarbage` after a first mark. No plan is made from brief facts.
   */
  readonly depth?: 'brief' | 'full' | 'deep';
  readonly history?: boolean;
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A filesystem to read instead of the disk: in this thread, without mounts. */
  readonly reader?: StorageReader;
  /** What lies in quarantine, read as part of the tree; then mounts count for nothing. */
  readonly trash?: readonly TrashLayer[];
}

/** Threads for one or more looks at a tree; the caller closes them. */
export function openScan(tree: StorageTree, options: ReadOptions): Pool {
  return openPool(setupFor(tree, options), options.concurrency, options.reader);
}

/**
 * @param scan threads of the caller's, warm from an earlier look maybe; without them it has its own
 * @throws whatever `options.signal` was aborted with
 * @throws RegsweepError `failed` when a scan thread dies; all else becomes a finding
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
  if (estimate > AT_ONCE) await blobsRead;
  const ready = blobsRead.then(({ table }) => new Resolver(table));
  const repositories = new RepositoryCollector(collector, ready, depth).collect();
  const [blobs, resolver, found] = await Promise.all([blobsRead, ready, repositories]);
  const manifests = await new ManifestCollector(collector, resolver, found, context.reader).collect(
    {
      alsoParse: options.alsoParse ?? [],
      youngSince: options.now - options.minAge,
    },
  );
  settleBadLayers(found.repositories, manifests, findings);
  for (const path of context.reader.metLinks()) collector.links.add(path);
  return {
    tree,
    linked: new LinkedPlaces([
      ...endsOf(collector, context.reader),
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

/** A link back to a folder above it shows nothing that isn't there under its own name: a loop. */
function* endsOf({ links, findings }: Collector, reader: StorageReader): Generator<string> {
  for (const path of links) {
    try {
      const end = reader.resolve(path);
      if (end !== undefined && !path.startsWith(`${end}/`)) yield end;
    } catch (error) {
      findings.add({ code: 'unreadable-folder', path, detail: readErrorReason(error) });
    }
  }
}

/** A tree with fewer blobs, by estimate, is looked at in full whatever is asked: it costs nothing. */
const LARGE = 20_000;

/** Of a larger tree, what waits for the blobs would take more memory than it saves time. */
const AT_ONCE = 200_000;

function depthFor({ depth = 'full', history = false }: ReadOptions, blobs: number): Depth {
  if (depth === 'deep') return { links: 'content', history: true };
  if (depth === 'brief' && blobs > LARGE) return { links: 'names', history };
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
 * Completes brief facts by the layer links whose age decides anything: those to blobs that a
 * first mark did not reach, and those of repositories that have nothing else.
 * @param isCandidate tells whether a blob's age matters
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
