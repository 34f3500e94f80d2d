/** Input and result of a mark. */
import type { Node } from '../facts/types.js';
import type { Digest } from '../storage/digest.js';
import type { ActionKind } from './action-kinds.js';
import type { Bitset } from './mark/bitset.js';

export interface MarkOptions {
  /** Seconds since 1970. */
  readonly now: number;
  /** In seconds. Whatever is more recent is a root. */
  readonly minAge: number;
  readonly deleteUntagged: boolean;
  readonly allowTagless: boolean;
  /**
   * Repositories in which this run may remove something. All links of other repositories are roots.
   */
  readonly inScope: (repository: string) => boolean;
  /** The kinds that this run removes. Items of other kinds are roots. */
  readonly kinds: ReadonlySet<ActionKind>;
  /**
   * The registry is running and still writes to `_uploads`, so a repository with an upload is kept.
   */
  readonly keepUploads?: boolean;
  /** Digests that are in use somewhere (`--keep-digests`). */
  readonly keepDigests: ReadonlySet<Digest>;
  /** What a policy or `rm` removes from the roots. */
  readonly removals: Removals;
  /** Limits the run to what its removals release. Other garbage and debris is kept. */
  readonly confined?: Confinement;
  /**
   * Paths relative to v2 that are roots from now on: items that the executor found changed, or
   * could not move.
   */
  readonly pinnedPaths?: ReadonlySet<string>;
  /** Ignores symbolic links and other filesystems. Only for reports, never for a plan. */
  readonly asIfMovable?: true;
}

export interface Removal {
  readonly reason: string;
  /** The target itself is damaged, so its damage does not protect it from this removal. */
  readonly damaged?: true;
}

export interface Confinement {
  /** Blobs that may become garbage; undefined: all. */
  readonly blobs?: { has(node: Node): boolean };
  /** Repositories whose tag history and folders may be removed. */
  readonly repositories: ReadonlySet<string>;
}

/** Decisions by repository: tags by name, revisions by digest. */
export interface Removals {
  tag(repository: string, tag: string): Removal | undefined;
  revision(repository: string, digest: Digest): Removal | undefined;
  /** Removes the complete repository: all its tags, manifests and layer links, of any age. */
  repository?(repository: string): Removal | undefined;
}

export const NO_REMOVALS: Removals = { tag: () => undefined, revision: () => undefined };

/** Positions of the removed links of one repository. */
export interface RepositoryMarks {
  /** Removed tags, by position in `RepositoryFacts.tags`. */
  readonly removedTags: Bitset;
  /** Removed revision links, by position in `RepositoryFacts.revisions`. */
  readonly removedRevisions: Bitset;
}

export interface Marks {
  readonly options: MarkOptions;
  /** Nodes reachable from a root. */
  readonly reached: Bitset;
  /** Blobs that are not reachable but recent, with everything that they refer to. They are kept. */
  readonly recent: Bitset;
  /**
   * For reports: the part of `reached` that only symbolic links, mounts and other filesystems keep.
   * Undefined if there is none, and in marks that a plan is made from.
   */
  readonly immovable?: Bitset | undefined;
  /** In the order of `Facts.repositories`. */
  readonly repositories: readonly RepositoryMarks[];
}

/** Sizes of one repository, in apparent bytes of distinct blobs. */
export interface RepositoryUsage {
  /** All blobs reachable from its roots: `uniqueBytes + sharedBytes`. */
  readonly bytes: number;
  /** What removing this repository alone would free. */
  readonly uniqueBytes: number;
  readonly sharedBytes: number;
  readonly untaggedManifests: number;
}
