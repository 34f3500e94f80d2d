/** The result of reading the tree, before any decision. Times are whole seconds since 1970. */
import { algorithmOf, type Digest, hexOf } from '../storage/digest.js';
import type { StorageTree } from '../storage/port.js';
import type { FindingLog } from './findings.js';
import type { BlobTable } from './tables/blob-table.js';
import type { DigestSet } from './tables/digest-set.js';
import type { ManifestTable } from './tables/manifest-table.js';
import type { SymlinkTargets } from './tables/symlink-targets.js';

/**
 * A digest as a number: the position of a blob in `Facts.blobs`, or `blobs.count` plus the number
 * of the digest in `Facts.absent`. `digestOf(facts, node)` returns the digest.
 */
export type Node = number;
export const NO_NODE = 0xffffffff;

/** Columns of equal length, sorted by tag name. */
export interface TagColumns {
  readonly names: readonly string[];
  /** The digest in `current/link`, or NO_NODE if it can't be read. */
  readonly target: Uint32Array;
  /** mtime of `current/link`: the time of the push or retag. */
  readonly changed: Uint32Array;
}

/** Columns of equal length, sorted by node. */
export interface RevisionColumns {
  /** The digest in the path. */
  readonly node: Uint32Array;
  /**
   * The digest in the link. It differs from `node` only for damaged links and for sha512 paths. The
   * same column if none differs.
   */
  readonly target: Uint32Array;
  /** mtime of the link: the time of the last push of this manifest to this repository. */
  readonly pushed: Uint32Array;
  /** The maximum of `pushed` and of `changed` of every tag whose history names the revision. */
  readonly newest: Uint32Array;
}

export interface Upload {
  readonly id: string;
  /** Newest mtime of the folder and of everything below it. */
  readonly newest: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

/** All manifests that each tag has pointed to, from its `index` folder: pairs of tag and node. */
export interface TagHistory {
  /** Index into `TagColumns`. */
  readonly tag: Uint32Array;
  readonly node: Uint32Array;
}

/** A layer link whose content is not a digest. */
export interface BadLayerLink {
  /** The digest in the path. */
  readonly digest: Digest;
  readonly node: Node;
  /** mtime of the link. */
  readonly changed: number;
  readonly reason: string;
  /** The file could be read, and is empty or contains only blanks and NUL. */
  readonly isBlank: boolean;
  /** `isBlank`, and no readable manifest of the repository refers to `digest`. */
  readonly isUnneeded: boolean;
}

export interface RepositoryFacts {
  readonly name: string;
  readonly tags: TagColumns;
  readonly revisions: RevisionColumns;
  /** Nodes of the layer links, in ascending order. */
  readonly layers: Uint32Array;
  /**
   * Newest mtime of a layer link. 0 if there is none; UNKNOWN_TIME if brief facts do not know it.
   */
  newestLayerLink: number;
  /** Layer links to blobs that are not on the disk, with the mtime of each link. */
  readonly danglingLayers: { readonly node: Uint32Array; readonly changed: Uint32Array };
  badLayers: readonly BadLayerLink[];
  readonly history: TagHistory;
  readonly uploads: readonly Upload[];
  /** Those of `_manifests`, `_layers`, `_uploads` that exist. */
  readonly parts: readonly string[];
  /** Why everything in the repository is kept: one of its links or manifests can't be read. */
  keepAllReason: string | undefined;
  /**
   * Why nothing in the repository can be removed: a symbolic link, a mount or another filesystem.
   */
  readonly immovable: string | undefined;
  /** The repository contains an unknown entry, so its folder can't be removed. */
  readonly foreign: boolean;
  /** A part could not be read, so anything may be there. */
  readonly unseen: boolean;
}

/** A folder below `repositories`: a repository, a namespace, or both. */
export interface NamespaceFacts {
  readonly name: string;
  readonly repository: boolean;
  /** The folder has no entries. */
  readonly empty: boolean;
  readonly foreign: boolean;
  readonly immovable: boolean;
}

export interface Facts {
  readonly tree: StorageTree;
  readonly scannedAtMs: number;
  readonly blobs: BlobTable;
  readonly absent: DigestSet;
  /** Sorted by the bytes of the name. */
  readonly repositories: readonly RepositoryFacts[];
  readonly namespaces: readonly NamespaceFacts[];
  /** Nodes of digests found in damaged links. They are roots. */
  readonly guesses: Uint32Array;
  readonly manifests: ManifestTable;
  readonly linked: SymlinkTargets;
  /** Folders that rmdir can remove, relative to v2. A folder comes after its subfolders. */
  readonly emptyFolders: readonly string[];
  readonly findings: FindingLog;
  /** False in brief facts: the age of a blob does not include its layer links' times. */
  readonly layerTimes: boolean;
  /** Blobs whose file has more than one name, by node. */
  readonly hardLinks: ReadonlyMap<Node, { readonly file: string; readonly names: number }>;
}

/** @returns the digest of a node */
export function digestOf(facts: Pick<Facts, 'blobs' | 'absent'>, node: Node): Digest {
  const { blobs, absent } = facts;
  return node < blobs.count ? blobs.digest(node) : absent.digest(node - blobs.count);
}

/** @returns the node of a digest, or undefined if it is neither on the disk nor referred to */
export function nodeOf(facts: Pick<Facts, 'blobs' | 'absent'>, digest: Digest): Node | undefined {
  const bytes = Buffer.from(hexOf(digest), 'hex');
  const present = facts.blobs.find(algorithmOf(digest), bytes, 0);
  if (present >= 0) return present;
  const absent = facts.absent.find(algorithmOf(digest), bytes, 0);
  return absent < 0 ? undefined : facts.blobs.count + absent;
}

/** @returns the number of all nodes: blobs on the disk and absent digests */
export function nodeCount(facts: Pick<Facts, 'blobs' | 'absent'>): number {
  return facts.blobs.count + facts.absent.count;
}

/** @returns the position of `node` in an ascending column, or -1 */
export function positionIn(sorted: Uint32Array, node: Node): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const at = sorted[middle]!;
    if (at === node) return middle;
    if (at < node) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
