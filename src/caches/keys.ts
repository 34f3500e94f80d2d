/**
 * The keys under which a registry keeps what it knows of blobs in Redis. Pure.
 *
 *   blobs::<digest>                         hash: digest, size, mediatype
 *   repository::<name>::blobs               set of digests that the repository has
 *   repository::<name>::blobs::<digest>     hash: mediatype
 */
import { DigestSet } from '../facts/tables/digest-set.js';
import type { ActionKind } from '../graph/action-kinds.js';
import { algorithmOf, type Digest, hexOf, parseDigest } from '../storage/digest.js';
import { isRepositoryPart, repositoryPath } from '../storage/layout.js';

/** Something that left the tree. */
export interface Gone {
  readonly kind: ActionKind;
  /** Relative to the tree; of a repository the folder, which may hold several, or a part of one. */
  readonly path: string;
  readonly digest?: string;
  readonly repository?: string;
}

export const blobKey = (digest: string): string => `blobs::${digest}`;
export const setKey = (repository: string): string => `repository::${repository}::blobs`;
export const linkKey = (repository: string, digest: string): string =>
  `${setKey(repository)}::${digest}`;

/** What has to be forgotten at once for one item. */
export interface Forget {
  readonly keys: readonly string[];
  /** [set, member] */
  readonly member?: readonly [string, string];
}

/** @returns undefined where the item is none that a cache knows */
export function forgetItem({ kind, digest, repository }: Gone): Forget | undefined {
  if (digest === undefined) return undefined;
  if (kind === 'blob') return { keys: [blobKey(digest)] };
  if (kind !== 'layer-link' || repository === undefined) return undefined;
  // A digest of another algorithm is an alias of the blob, with a descriptor of its own.
  const alias = digest.startsWith('sha256:') ? [] : [blobKey(digest)];
  return {
    keys: [linkKey(repository, digest), ...alias],
    member: [setKey(repository), digest],
  };
}

/** What went, for looking up the members of repositories' sets. */
export class GoneSet {
  readonly #blobs = new DigestSet();
  readonly #repositories = new Set<string>();
  /** Every repository beneath went too. */
  readonly #folders = new Set<string>();

  constructor(items: Iterable<Gone>) {
    for (const item of items) {
      const { kind, digest } = item;
      const place = cachedPathOf(item);
      if (place !== undefined)
        (place.isFolder ? this.#folders : this.#repositories).add(place.name);
      const known = kind === 'blob' && digest !== undefined ? parseDigest(digest) : undefined;
      if (known !== undefined) this.#blobs.intern(algorithmOf(known), bytesOf(known), 0);
    }
  }

  hasBlob(text: string): boolean {
    const digest = parseDigest(text);
    if (digest === undefined) return false;
    return this.#blobs.find(algorithmOf(digest), bytesOf(digest), 0) >= 0;
  }

  hasRepository(name: string): boolean {
    if (this.#repositories.has(name)) return true;
    for (let end = name.length; end > 0; end = name.lastIndexOf('/', end - 1)) {
      if (this.#folders.has(name.slice(0, end))) return true;
    }
    return false;
  }

  /** Nothing that a cache could know. */
  get isEmpty(): boolean {
    return this.#blobs.count + this.#repositories.size + this.#folders.size === 0;
  }
}

export interface CachedPath {
  readonly name: string;
  /** Every repository beneath went too. */
  readonly isFolder: boolean;
}

/**
 * What of the repositories an item takes with it: a folder that may hold several, or a part of
 * one. A journal lists the folders of a repository that went in parts as empty directories.
 */
export function cachedPathOf({ kind, path }: Gone): CachedPath | undefined {
  const above = `${repositoryPath('')}/`;
  if (!path.startsWith(above) || !(kind === 'repository' || kind === 'empty-directory')) {
    return undefined;
  }
  const steps = path.slice(above.length).split('/');
  const part = steps.findIndex(isRepositoryPart);
  if (part < 0) return { name: steps.join('/'), isFolder: true };
  return kind === 'repository'
    ? { name: steps.slice(0, part).join('/'), isFolder: false }
    : undefined;
}

const bytesOf = (digest: Digest): Buffer => Buffer.from(hexOf(digest), 'hex');
