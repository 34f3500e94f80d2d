/** State shared by the three collecting stages: the pool, the node numbers and the findings. */
import { type Algorithm, algorithmOf, type Digest, hexOf } from '../../storage/digest.js';
import type { Finding, FindingLog } from '../findings.js';
import type { PackedCursor } from '../packed-digests.js';
import type { Pool } from '../pool/pool.js';
import type { BlobTable } from '../tables/blob-table.js';
import { DigestSet } from '../tables/digest-set.js';
import type { Node } from '../types.js';

export interface ReadProgress {
  readonly stage: 'blobs' | 'repositories' | 'manifests';
  readonly done: number;
  readonly total?: number;
}

export class Collector {
  readonly emptyFolders: string[] = [];
  readonly links = new Set<string>();

  constructor(
    readonly pool: Pool,
    readonly findings: FindingLog,
    private readonly onProgress: ((progress: ReadProgress) => void) | undefined,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Takes over the findings, empty folders and links of a task. */
  note(seen: {
    readonly findings: readonly Finding[];
    readonly emptyFolders: readonly string[];
    readonly links?: readonly string[];
  }): void {
    for (const path of seen.links ?? []) this.links.add(path);
    for (const finding of seen.findings) this.findings.add(finding);
    for (const path of seen.emptyFolders) {
      this.emptyFolders.push(path);
      this.findings.add({ code: 'empty-folder', path });
    }
  }

  progress(progress: ReadProgress): void {
    this.signal?.throwIfAborted();
    this.onProgress?.(progress);
  }
}

/** Maps digests to nodes. Digests that are not on the disk get numbers above those of all blobs. */
export class Resolver {
  readonly absent = new DigestSet();

  constructor(readonly blobs: BlobTable) {}

  node(algorithm: Algorithm, bytes: Uint8Array, at: number): Node {
    const found = this.blobs.find(algorithm, bytes, at);
    return found >= 0 ? found : this.blobs.count + this.absent.intern(algorithm, bytes, at);
  }

  at(cursor: PackedCursor): Node {
    return this.node(cursor.algorithm, cursor.bytes, cursor.at);
  }

  of(digest: Digest): Node {
    return this.node(algorithmOf(digest), Buffer.from(hexOf(digest), 'hex'), 0);
  }
}
