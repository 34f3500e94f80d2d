/**
 * The Redis keys under which a registry caches blob descriptors. Pure.
 *
 *   blobs::<digest>                         hash: digest, size, mediatype
 *   repository::<name>::blobs               set of digests that the repository has
 *   repository::<name>::blobs::<digest>     hash: mediatype
 */
import { DigestSet } from '../facts/tables/digest-set.js';
import type { ActionKind } from '../graph/action-kinds.js';
import { algorithmOf, type Digest, hexOf, parseDigest } from '../storage/digest.js';
import { isRepositoryPart, repositoryPath } from '../storage/layout.js';

/** An item that was removed from the tree. */
export interface RemovedItem {
  readonly kind: ActionKind;
  /**
   * Relative to v2. For a `repository`, its folder, which may contain several repositories, or a
   * part of one.
   */
  readonly path: string;
  readonly digest?: string;
  readonly repository?: string;
}

export const blobKey = (digest: string): string => `blobs::${digest}`;
export const setKey = (repository: string): string => `repository::${repository}::blobs`;
export const linkKey = (repository: string, digest: string): string =>
  `${setKey(repository)}::${digest}`;

/** What to delete for one item. */
export interface Deletion {
  readonly keys: readonly string[];
  /** [set, member] */
  readonly member?: readonly [string, string];
}

/** @returns undefined if a cache has no entry for this kind of item */
export function deletionOf({ kind, digest, repository }: RemovedItem): Deletion | undefined {
  if (digest === undefined) return undefined;
  if (kind === 'blob') return { keys: [blobKey(digest)] };
  if (kind !== 'layer-link' || repository === undefined) return undefined;
  // A digest of another algorithm is an alias of the blob and has a descriptor of its own.
  const alias = digest.startsWith('sha256:') ? [] : [blobKey(digest)];
  return {
    keys: [linkKey(repository, digest), ...alias],
    member: [setKey(repository), digest],
  };
}

/** Removed blobs and repositories, to look up the members of repositories' sets. */
export class RemovedSet {
  readonly #blobs = new DigestSet();
  readonly #repositories = new Set<string>();
  /** Folders whose repositories were all removed. */
  readonly #folders = new Set<string>();

  constructor(items: Iterable<RemovedItem>) {
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

  /** Whether it has nothing that a cache could contain. */
  get isEmpty(): boolean {
    return this.#blobs.count + this.#repositories.size + this.#folders.size === 0;
  }
}

export interface CachedPath {
  readonly name: string;
  /** Every repository below was removed too. */
  readonly isFolder: boolean;
}

/**
 * @returns the repository, or the folder with several repositories, that an item removes; undefined
 *   for other items. A journal lists the folders of a repository that was removed in parts as empty
 *   directories.
 */
export function cachedPathOf({ kind, path }: RemovedItem): CachedPath | undefined {
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
