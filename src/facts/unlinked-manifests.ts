/**
 * Manifests that no link names, such as those that the API's DELETE leaves. Their references keep
 * nothing. They only set the order in which the manifests and their parts are removed.
 */

import { DigestPacker, PackedCursor } from './packed-digests.js';
import type { Pool } from './pool/pool.js';
import { openScan, type ReadOptions } from './read.js';
import { MANIFEST_LIMIT } from './scan/manifests.js';
import { BLOB_FLAG } from './tables/blob-table.js';
import type { Facts, Node } from './types.js';

/** By manifest, the blobs on the disk that it refers to, including its subject. */
export type UnlinkedManifests = ReadonlyMap<Node, readonly Node[]>;

/** Blobs per task. Most of them turn out to be layers after a look at their first bytes. */
const BLOBS_PER_TASK = 256;

/**
 * Reads the candidates that are small enough for a manifest and were not read as one yet.
 * @param isCandidate tells which blobs will be removed
 * @param scan threads of the caller; without them the function opens and closes its own
 * @throws RegsweepError `failed` when a scan thread dies
 */
export async function readUnlinked(
  facts: Facts,
  options: ReadOptions,
  isCandidate: (node: Node) => boolean,
  scan?: Pool,
): Promise<UnlinkedManifests> {
  const nodes = unreadCandidates(facts, isCandidate);
  const found = new Map<Node, Node[]>();
  if (nodes.length === 0) return found;
  const pool = scan ?? openScan(facts.tree, options);
  try {
    const batches: Promise<void>[] = [];
    for (let i = 0; i < nodes.length; i += BLOBS_PER_TASK) {
      batches.push(
        (async (batch: readonly Node[]) => {
          const packer = new DigestPacker();
          for (const node of batch) packer.add(facts.blobs.digest(node));
          const task = { type: 'manifests', count: batch.length, peek: true } as const;
          const { counts, references } = await pool.run({ ...task, digests: packer.done() });
          const cursor = new PackedCursor(references);
          batch.forEach((node, at) => {
            const to = targetsAt(facts, cursor, counts[at]!);
            if (to.length > 0) found.set(node, to);
          });
        })(nodes.slice(i, i + BLOBS_PER_TASK)),
      );
    }
    await Promise.all(batches);
  } finally {
    if (scan === undefined) await pool.close();
  }
  return found;
}

/** Blobs of a manifest's size that were not read as manifests yet. */
function unreadCandidates(
  { blobs, manifests }: Facts,
  isCandidate: (node: Node) => boolean,
): Node[] {
  const nodes: Node[] = [];
  let node = 0;
  for (const { size, flags, count } of blobs.shards) {
    for (let i = 0; i < count; i++, node++) {
      if (size[i]! > MANIFEST_LIMIT || (flags[i]! & BLOB_FLAG.unreadable) !== 0) continue;
      if (manifests.row(node) < 0 && isCandidate(node)) nodes.push(node);
    }
  }
  return nodes;
}

function targetsAt({ blobs }: Facts, cursor: PackedCursor, count: number): Node[] {
  const targets: Node[] = [];
  for (let i = 0; i < count; i++) {
    cursor.next();
    const node = blobs.find(cursor.algorithm, cursor.bytes, cursor.at);
    if (node >= 0) targets.push(node);
  }
  return targets;
}
