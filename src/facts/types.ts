/** What was read from the disk, before anything is decided. Times are whole seconds since 1970. */
import { algorithmOf, type Digest, hexOf } from '../storage/digest.js';
import type { StorageTree } from '../storage/port.js';
import type { FindingLog } from './findings.js';
import type { BlobTable } from './tables/blob-table.js';
import type { DigestSet } from './tables/digest-set.js';
import type { ManifestTable } from './tables/manifest-table.js';
import type { LinkedPlaces } from './tables/symlink-targets.js';

/**
 * A digest as a number: a blob's position in `Facts.blobs`, or `blobs.count` plus its number in
 * `Facts.absent`. `digestOf(facts, node)` gives the digest back.
 */
export type Node = number;
export const NO_NODE = 0xffffffff;

/** Columns of equal length, sorted by tag name. */
export interface TagColumns {
  readonly names: readonly string[];
  /** What `current/link` says, or NO_NODE where it can't be read. */
  readonly target: Uint32Array;
  /** mtime of `current/link`: the push or retag. */
  readonly changed: Uint32Array;
}

/** Columns of equal length, sorted by node. */
export interface RevisionColumns {
  /** The digest of the path. */
  readonly node: Uint32Array;
  /** The digest that the link holds: the same, save for damage and sha512 paths. */
  readonly target: Uint32Array;
  /** mtime of the link: when this manifest was last pushed here. */
  readonly pushed: Uint32Array;
  /** The newer of `pushed` and the `changed` of every tag whose history names it. */
  readonly newest: Uint32Array;
}

export interface Upload {
  readonly id: string;
  /** Newest mtime of any file beneath. */
  readonly newest: number;
  readonly bytes: number;
  readonly diskBytes: number;
}

/** What each tag ever pointed to, as its index has it: pairs of tag and node. */
export interface TagHistory {
  /** Index into `TagColumns`. */
  readonly tag: Uint32Array;
  readonly node: Uint32Array;
}

/** A layer link that holds no digest. */
export interface BadLayerLink {
  /** Of the path. */
  readonly digest: Digest;
  readonly node: Node;
  /** The link's mtime. */
  readonly changed: number;
  readonly reason: string;
  /** It was read, and holds nothing. */
  readonly isBlank: boolean;
  /** It is blank, and no readable manifest of the repository refers to the path's digest. */
  readonly isUnneeded: boolean;
}

export interface RepositoryFacts {
  readonly name: string;
  readonly tags: TagColumns;
  readonly revisions: RevisionColumns;
  /** Nodes of the layer links, sorted. */
  readonly layers: Uint32Array;
  /** Newest mtime of a layer link; 0 where there is none, unknown in brief facts. */
  newestLayerLink: number;
  /** Layer links to blobs that are not on the disk, with each link's mtime. */
  readonly danglingLayers: { readonly node: Uint32Array; readonly changed: Uint32Array };
  badLayers: readonly BadLayerLink[];
  readonly history: TagHistory;
  readonly uploads: readonly Upload[];
  /** Which of `_manifests`, `_layers`, `_uploads` are there. */
  readonly parts: readonly string[];
  /** Why everything in it is kept: a link or manifest of it can't be read. */
  keepAllReason: string | undefined;
  /** Why nothing in it can be removed: a symbolic link, a mount, another filesystem. */
  readonly immovable: string | undefined;
  /** Something in it is not understood, so it can't go as a whole. */
  readonly foreign: boolean;
  /** Part of it could not be read: what is not known of it is not missing. */
  readonly unseen: boolean;
}

/** A folder below `repositories`: a repository, a namespace, or both. */
export interface NamespaceFacts {
  readonly name: string;
  readonly repository: boolean;
  /** It holds nothing at all. */
  readonly empty: boolean;
  readonly foreign: boolean;
  readonly immovable: boolean;
}

export interface Facts {
  readonly tree: StorageTree;
  readonly scannedAtMs: number;
  readonly blobs: BlobTable;
  readonly absent: DigestSet;
  /** Sorted by name, as bytes. */
  readonly repositories: readonly RepositoryFacts[];
  readonly namespaces: readonly NamespaceFacts[];
  /** Nodes that damaged links seem to name: roots. */
  readonly guesses: Uint32Array;
  readonly manifests: ManifestTable;
  readonly linked: LinkedPlaces;
  /** Folders that may go with rmdir, relative to v2, each after those in it. */
  readonly emptyFolders: readonly string[];
  readonly findings: FindingLog;
  /** False in brief facts: the age of a blob leaves out its layer links. */
  readonly layerTimes: boolean;
  /** Blobs that share their data with another name, by node; others have one name. */
  readonly hardLinks: ReadonlyMap<Node, { readonly file: string; readonly names: number }>;
}

export function digestOf(facts: Pick<Facts, 'blobs' | 'absent'>, node: Node): Digest {
  const { blobs, absent } = facts;
  return node < blobs.count ? blobs.digest(node) : absent.digest(node - blobs.count);
}

/** The node of a digest, or undefined where neither the disk nor any reference knows it. */
export function nodeOf(facts: Pick<Facts, 'blobs' | 'absent'>, digest: Digest): Node | undefined {
  const bytes = Buffer.from(hexOf(digest), 'hex');
  const present = facts.blobs.find(algorithmOf(digest), bytes, 0);
  if (present >= 0) return present;
  const absent = facts.absent.find(algorithmOf(digest), bytes, 0);
  return absent < 0 ? undefined : facts.blobs.count + absent;
}

export function nodeCount(facts: Pick<Facts, 'blobs' | 'absent'>): number {
  return facts.blobs.count + facts.absent.count;
}

/** Position of `node` in a sorted column, or -1. */
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
