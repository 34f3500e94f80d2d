/** Rows of repositories and tags. Sizes are bytes. */
import type { Digest } from '../../storage/digest.js';

export interface RepositoryRow {
  readonly name: string;
  /** The exact bytes, where the name is no UTF-8. */
  readonly pathBase64?: string;
  readonly tags: number;
  readonly manifests: number;
  readonly untaggedManifests: number;
  readonly bytes: number;
  /** What removing this repository alone would free. */
  readonly uniqueBytes: number;
  readonly sharedBytes: number;
  /** Garbage that only this repository's links, tag history or deleted manifests still name. */
  readonly garbageBytes: number;
  readonly garbageDiskBytes: number;
  readonly uploadBytes: number;
  readonly lastPushedAt: string | null;
  /** Why everything in it is kept. */
  readonly keptWhole?: string;
}

/** What a tag holds; only with `--tags`. */
export interface TagRow {
  readonly repository: string;
  readonly tag: string;
  readonly pathBase64?: string;
  readonly digest: Digest;
  readonly pushedAt: string;
  readonly bytes: number;
  /** What removing this tag alone would free, with its manifest. */
  readonly uniqueBytes: number;
}
