/**
 * The filesystem operations that regsweep needs. Commands that read get a `StorageReader`; only the
 * sweep gets a `StorageWriter` (writer/writer.ts). Paths are relative to `docker/registry/v2` and
 * may contain escaped raw bytes (names.ts). A missing entry is `undefined`; other system errors are
 * thrown unchanged.
 */

export type EntryType = 'directory' | 'file' | 'symlink' | 'other' | 'unknown';

export interface Entry {
  readonly name: string;
  /** From the listing; `unknown` if the filesystem does not report it. */
  readonly type: EntryType;
}

export interface FileStat {
  readonly type: EntryType;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly size: number;
  /** Allocated size, in units of 512 bytes. */
  readonly blocks: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export interface FileContent {
  readonly stat: FileStat;
  /** At most `cap` bytes, even if `stat.size` is larger. Valid until the next read. */
  readonly bytes: Buffer;
  /** The path itself is a symbolic link that was followed. */
  readonly viaSymlink: boolean;
}

export interface StorageReader {
  list(path: string): Entry[] | undefined;
  /** Only the names; takes half the time of `list`. */
  names(path: string): string[] | undefined;
  lstat(path: string): FileStat | undefined;
  /** Follows symbolic links. */
  stat(path: string): FileStat | undefined;
  /**
   * Reads up to `cap` bytes of a regular file. Never blocks on a FIFO or device.
   * @throws NotAFileError if the path is not a regular file
   */
  read(path: string, cap: number): FileContent | undefined;
  /** @returns the symbolic links that `list`, `lstat` and `read` saw since the last call */
  takeSymlinks(): string[];
  /**
   * @returns the final target of a symbolic link, relative to the tree; undefined if it is outside
   *   the tree or does not exist
   */
  resolve(path: string): string | undefined;
}

/** A FIFO, socket, device or folder in place of a file. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
  constructor(readonly path: string) {
    super(`${path} is not a regular file`);
  }
}

/** The tree that a command works on, resolved once. */
export interface StorageTree {
  /** The registry's rootdirectory as an absolute real path. It contains `.regsweep`. */
  readonly rootDirectory: string;
  /** `<rootDirectory>/docker/registry/v2`, absolute. */
  readonly v2: string;
  /** Of `v2`. `inode` is a decimal string, because 64 bits don't fit in a double. */
  readonly device: number;
  readonly inode: string;
  /** Identifies the filesystem: type, source and device number. */
  readonly filesystemId: string;
  /** `docker`, `registry` or `v2` is a symbolic link. The tree can be read but not swept. */
  readonly viaSymlink: boolean;
}
