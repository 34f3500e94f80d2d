/** Rows of repositories and tags. Sizes are in bytes. */
import type { Digest } from '../../storage/digest.js';

export interface RepositoryRow {
  readonly name: string;
  /** The exact bytes, if the name is not UTF-8. */
  readonly pathBase64?: string;
  readonly tags: number;
  readonly manifests: number;
  readonly untaggedManifests: number;
  readonly bytes: number;
  /** Size that is freed by removing this repository alone. */
  readonly uniqueBytes: number;
  readonly sharedBytes: number;
  /** Garbage that only this repository's links, tag history or deleted manifests still name. */
  readonly garbageBytes: number;
  readonly garbageDiskBytes: number;
  readonly uploadBytes: number;
  readonly lastPushedAt: string | null;
  /** The reason why everything in it is kept. */
  readonly keptWhole?: string;
}

/** The size of a tag; only with `--tags`. */
export interface TagRow {
  readonly repository: string;
  readonly tag: string;
  readonly pathBase64?: string;
  readonly digest: Digest;
  readonly pushedAt: string;
  readonly bytes: number;
  /** Size that is freed by removing this tag alone, with its manifest. */
  readonly uniqueBytes: number;
}
