/**
 * What regsweep needs of a filesystem. Reading commands get a `StorageReader`; only the sweep
 * gets a `StorageWriter` (storage/writer/writer.ts). Paths are relative to `docker/registry/v2` and
 * may hold escaped raw bytes (names.ts). A missing entry is `undefined`; every other error
 * is thrown as the system gave it.
 */

export type EntryType = 'directory' | 'file' | 'symlink' | 'other' | 'unknown';

export interface Entry {
  readonly name: string;
  /** From the listing itself; `unknown` where the filesystem doesn't tell. */
  readonly type: EntryType;
}

export interface FileStat {
  readonly type: EntryType;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  /** Allocated, in units of 512 bytes. */
  readonly blocks: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export interface FileContent {
  readonly stat: FileStat;
  /** At most `cap` bytes; the rest wasn't read when `stat.size` is larger. Good until the next read. */
  readonly bytes: Buffer;
  /** The name itself is a symbolic link, which was followed. */
  readonly viaSymlink: boolean;
}

export interface StorageReader {
  list(path: string): Entry[] | undefined;
  /** The names alone, in half the time. */
  names(path: string): string[] | undefined;
  lstat(path: string): FileStat | undefined;
  /** Follows symbolic links. */
  stat(path: string): FileStat | undefined;
  /**
   * Reads up to `cap` bytes of a regular file, never blocking on a FIFO or device.
   * @throws a `NotAFileError` where something else stands there.
   */
  read(path: string, cap: number): FileContent | undefined;
  /** Symbolic links that `list`, `lstat` and `read` have met since this was asked last. */
  metLinks(): string[];
  /** Where a symbolic link ends; undefined outside of the tree, and where it leads nowhere. */
  resolve(path: string): string | undefined;
}

/** A FIFO, socket, device or folder stands where a file belongs. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
  constructor(readonly path: string) {
    super(`${path} is not a regular file`);
  }
}

/** The tree that a command works on, resolved once. */
export interface StorageTree {
  /** The registry's rootdirectory: real, absolute path. `.regsweep` lies here. */
  readonly rootDirectory: string;
  /** `<rootDirectory>/docker/registry/v2`, absolute. */
  readonly v2: string;
  /** Of `v2`. `ino` as a decimal string, since 64 bits don't fit a double. */
  readonly device: number;
  readonly inode: string;
  /** Stable name of the filesystem: its UUID or type and id, as far as the system tells. */
  readonly filesystemId: string;
  /** `docker`, `registry` or `v2` is itself a symbolic link: readable, never swept. */
  readonly viaSymlink: boolean;
}
