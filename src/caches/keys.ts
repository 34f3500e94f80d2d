/**
 * The keys under which a registry keeps what it knows of blobs in Redis. Pure.
 *
 *   blobs::<digest>                         hash: digest, size, mediatype
 *   repository::<name>::blobs               set of digests that the repository has
 *   repository::<name>::blobs::<digest>     hash: mediatype
 */
import { DigestSet } from '../facts/absent.js';
import type { ActionKind } from '../plan/types.js';
import { algorithmOf, type Digest, hexOf, parseDigest } from '../storage/digest.js';

/** Something that left the tree. */
export interface Gone {
  readonly kind: ActionKind;
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

  constructor(items: Iterable<Gone>) {
    for (const { kind, digest, repository } of items) {
      if (kind === 'repository' && repository !== undefined) this.#repositories.add(repository);
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
    return this.#repositories.has(name);
  }

  /** Nothing that a cache could know. */
  get isEmpty(): boolean {
    return this.#blobs.count === 0 && this.#repositories.size === 0;
  }

  repositories(): Iterable<string> {
    return this.#repositories;
  }
}

const bytesOf = (digest: Digest): Buffer => Buffer.from(hexOf(digest), 'hex');
