/** What a mark is asked, and what it answers. */
import type { Node } from '../facts/types.js';
import type { Digest } from '../storage/digest.js';
import type { ActionKind } from './action-kinds.js';
import type { Bitset } from './mark/bitset.js';

export interface MarkOptions {
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds; whatever is younger is a root. */
  readonly minAge: number;
  readonly deleteUntagged: boolean;
  readonly allowTagless: boolean;
  /** Repositories in which this run may remove something; all others are roots whole. */
  readonly inScope: (repository: string) => boolean;
  /** Kinds that this run removes; what it won't remove is a root. */
  readonly kinds: ReadonlySet<ActionKind>;
  /** Uploads belong to a registry that lives: a repository that holds one stays. */
  readonly keepUploads?: boolean;
  /** Digests that are in use somewhere. */
  readonly keepDigests: ReadonlySet<Digest>;
  /** What retention or `rm` takes out of the roots. */
  readonly removals: Removals;
  /** Set where a run takes only what it releases itself: other garbage and debris stays. */
  readonly confined?: Confinement;
  /** Items the executor found changed or could not move: roots from now on (paths relative to v2). */
  readonly pinnedPaths?: ReadonlySet<string>;
  /** Marks as if nothing lay behind a symbolic link or on another filesystem: only to report. */
  readonly asIfMovable?: true;
}

export interface Removal {
  readonly reason: string;
  /** It is the damage itself, so the damage that keeps its repository whole doesn't keep it. */
  readonly damaged?: true;
}

export interface Confinement {
  /** Blobs that may become garbage; undefined: all. */
  readonly blobs?: { has(node: Node): boolean };
  /** Repositories whose tag history and whose own folders may go. */
  readonly repositories: ReadonlySet<string>;
}

/** Decisions by repository name: tags by name, revisions by digest. */
export interface Removals {
  tag(repository: string, tag: string): Removal | undefined;
  revision(repository: string, digest: Digest): Removal | undefined;
  /** It goes whole: with it all its tags, manifests and layer links, whatever their age. */
  repository?(repository: string): Removal | undefined;
}

export const NO_REMOVALS: Removals = { tag: () => undefined, revision: () => undefined };

/** Why a revision link stays or goes, by position in `RepositoryFacts.revisions`. */
export interface RepositoryMarks {
  /** Tags that go, by position in `RepositoryFacts.tags`. */
  readonly removedTags: Bitset;
  /** Revision links that go. */
  readonly removedRevisions: Bitset;
}

export interface Marks {
  readonly options: MarkOptions;
  /** Nodes reachable from a root. */
  readonly reached: Bitset;
  /** Blobs that are not reachable, but young: kept for now. */
  readonly young: Bitset;
  /**
   * For reports: of `reached`, what only symbolic links, mounts and other filesystems keep;
   * undefined where there is none, and in marks that a plan is made from.
   */
  readonly immovable?: Bitset | undefined;
  /** In the order of `Facts.repositories`. */
  readonly repositories: readonly RepositoryMarks[];
}

/** What one repository holds, in bytes of distinct blobs. */
export interface RepositoryUsage {
  /** Of all blobs reachable from its roots: `unique + shared`. */
  readonly bytes: number;
  /** What removing this repository alone would free. */
  readonly uniqueBytes: number;
  readonly sharedBytes: number;
  readonly untaggedManifests: number;
}
