/** The tasks of the pool, and their results in a form that is cheap to transfer between threads. */
import { type Algorithm, type Digest, digestFromBytes } from '../../storage/digest.js';
import type { Finding } from '../findings.js';
import { DigestPacker, PackedCursor } from '../packed-digests.js';
import { type BlobScan, type Prefix, scanBlobs } from '../scan/blobs.js';
import type { Names, ScanContext, ScanFindings } from '../scan/context.js';
import { type LayerScan, type LinkDepth, linkTime, scanLayers } from '../scan/layers.js';
import { kindCode, readManifest } from '../scan/manifests.js';
import { type NamespaceScan, scanNamespace } from '../scan/namespaces.js';
import { scanRevisions } from '../scan/revisions.js';
import { scanTags } from '../scan/tags.js';
import { scanUploads, type UploadScan } from '../scan/uploads.js';
import { type PackedSnapshots, packSnapshots, type SnapshotTask } from './snapshots.js';

export type Task =
  | {
      readonly type: 'blobs';
      readonly algorithm: Algorithm;
      readonly prefixes: readonly Prefix[];
    }
  | { readonly type: 'namespace'; readonly name: string; readonly behind: string | undefined }
  | {
      readonly type: 'revisions';
      readonly repository: string;
      readonly algorithm: Algorithm;
      readonly part?: Names;
    }
  | {
      readonly type: 'tags';
      readonly repository: string;
      readonly history: boolean;
      readonly part?: Names;
    }
  | {
      readonly type: 'layers';
      readonly repository: string;
      readonly algorithm: Algorithm;
      readonly depth: LinkDepth;
      readonly part?: Names;
    }
  | {
      readonly type: 'link-times';
      readonly repository: string;
      /** Packed digests. The task stats their layer links in that repository. */
      readonly digests: Uint8Array;
      readonly count: number;
    }
  | { readonly type: 'uploads'; readonly repository: string }
  | {
      readonly type: 'manifests';
      readonly digests: Uint8Array;
      readonly count: number;
      readonly peek: boolean;
    }
  | SnapshotTask;

interface ListedFolders {
  readonly findings: readonly Finding[];
  readonly emptyFolders: readonly string[];
  /** Symbolic links that the scan saw. */
  readonly links?: readonly string[];
}

interface Damageable extends ListedFolders {
  readonly guesses: readonly Digest[];
  readonly damage: string | undefined;
  readonly isImmovable: boolean;
  readonly foreign: boolean;
  /** Entries left for other tasks. */
  readonly rest: readonly Names[];
}

export interface PackedRevisions extends Damageable {
  /** The digests in the paths, packed. */
  readonly digests: Uint8Array;
  readonly pushed: Uint32Array;
  /** Links whose digest differs from the one in their path: row and digest in the link. */
  readonly mismatches: readonly (readonly [number, Digest])[];
}

export interface PackedTags extends Damageable {
  readonly names: readonly string[];
  /** Packed targets of the rows that have one. `unreadable` lists the other rows. */
  readonly targets: Uint8Array;
  readonly unreadable: readonly number[];
  readonly changed: Uint32Array;
  readonly history: Uint8Array;
  readonly historyCounts: Uint32Array;
}

export interface PackedManifests extends ListedFolders {
  readonly kinds: Uint8Array;
  readonly counts: Uint32Array;
  readonly references: Uint8Array;
  readonly problems: readonly (readonly [number, string])[];
}

export interface Results {
  blobs: Omit<BlobScan, 'seen'> & ListedFolders;
  namespace: Omit<NamespaceScan, 'seen'> & ListedFolders;
  revisions: PackedRevisions;
  tags: PackedTags;
  layers: Omit<LayerScan, 'seen'> & ListedFolders;
  uploads: Omit<UploadScan, 'seen'> & ListedFolders;
  'link-times': ListedFolders & { readonly changed: Uint32Array };
  manifests: PackedManifests;
  snapshots: PackedSnapshots;
}

export type ResultOf<T extends Task> = Results[T['type']];

const runners: {
  [K in Task['type']]: (context: ScanContext, task: Task & { type: K }) => Results[K];
} = {
  blobs: (context, task) => withoutSeen(scanBlobs(context, task.algorithm, task.prefixes)),
  namespace: (context, task) => withoutSeen(scanNamespace(context, task.name, task.behind)),
  revisions: (context, task) =>
    packRevisions(scanRevisions(context, task.repository, task.algorithm, task.part)),
  tags: (context, task) => packTags(scanTags(context, task.repository, task.history, task.part)),
  layers: (context, task) =>
    withoutSeen(scanLayers(context, task.repository, task.algorithm, task.depth, task.part)),
  'link-times': (context, task) => linkTimes(context, task),
  uploads: (context, task) => withoutSeen(scanUploads(context, task.repository)),
  manifests: (context, task) => packManifests(context, task),
  snapshots: ({ reader }, task) => packSnapshots(reader, task),
};

export function runTask<T extends Task>(context: ScanContext, task: T): ResultOf<T> {
  const run = runners[task.type] as unknown as (context: ScanContext, task: T) => ResultOf<T>;
  const result = run(context, task);
  const links = context.reader.takeSymlinks();
  return links.length === 0 ? result : { ...result, links };
}

function withoutSeen<T extends { readonly seen: ScanFindings }>(
  scan: T,
): Omit<T, 'seen'> & ListedFolders {
  const { seen, ...rest } = scan;
  return { ...rest, findings: seen.findings, emptyFolders: seen.emptyFolders };
}

function packRevisions(scan: ReturnType<typeof scanRevisions>): PackedRevisions {
  const { rows, ...rest } = withoutSeen(scan);
  const digests = new DigestPacker();
  const pushed = new Uint32Array(rows.length);
  const mismatches: [number, Digest][] = [];
  rows.forEach((row, i) => {
    digests.add(row.digest);
    pushed[i] = row.pushed;
    if (row.target !== row.digest) mismatches.push([i, row.target]);
  });
  return { ...rest, digests: digests.done(), pushed, mismatches };
}

function packTags(scan: ReturnType<typeof scanTags>): PackedTags {
  const { rows, ...rest } = withoutSeen(scan);
  const targets = new DigestPacker();
  const history = new DigestPacker();
  const unreadable: number[] = [];
  rows.forEach((row, i) => {
    if (row.target === undefined) unreadable.push(i);
    else targets.add(row.target);
    for (const digest of row.history) history.add(digest);
  });
  return {
    ...rest,
    names: rows.map((row) => row.name),
    targets: targets.done(),
    unreadable,
    changed: Uint32Array.from(rows, (row) => row.changed),
    history: history.done(),
    historyCounts: Uint32Array.from(rows, (row) => row.history.length),
  };
}

function packManifests(context: ScanContext, task: Task & { type: 'manifests' }): PackedManifests {
  const { digests, count, peek } = task;
  const kinds = new Uint8Array(count);
  const counts = new Uint32Array(count);
  const references = new DigestPacker();
  const problems: [number, string][] = [];
  let row = 0;
  for (const digest of unpack(digests)) {
    const read = readManifest(context, digest, peek, references);
    kinds[row] = kindCode(read.kind);
    counts[row] = read.count;
    if (read.problem !== undefined) problems.push([row, read.problem]);
    row += 1;
  }
  return { kinds, counts, references: references.done(), problems, findings: [], emptyFolders: [] };
}

function linkTimes(
  context: ScanContext,
  { repository, digests, count }: Task & { type: 'link-times' },
): Results['link-times'] {
  const changed = new Uint32Array(count);
  let row = 0;
  for (const digest of unpack(digests)) changed[row++] = linkTime(context, repository, digest);
  return { changed, findings: [], emptyFolders: [] };
}

function* unpack(packed: Uint8Array): Generator<Digest> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const cursor = new PackedCursor(packed);
  while (cursor.next()) yield digestFromBytes(cursor.algorithm, bytes, cursor.at);
}
