/** The real disk (or memfs) as a `StorageReader`: synchronous, since worker threads do the waiting. */
import nodeFs, { type Dirent, type Stats } from 'node:fs';
import { errnoOf } from '../errors.js';
import { fsPath, nameFromBytes } from './names.js';
import {
  type Entry,
  type EntryType,
  type FileContent,
  type FileStat,
  NotAFileError,
  type StorageReader,
} from './port.js';

/** The part of `node:fs` in use; memfs's `createFsFromVolume(vol)` fits after one cast. */
export type SyncFs = Pick<
  typeof nodeFs,
  'readdirSync' | 'lstatSync' | 'statSync' | 'openSync' | 'fstatSync' | 'readSync' | 'closeSync'
>;

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = nodeFs.constants;
const NO_THROW = { throwIfNoEntry: false } as const;

export class DiskReader implements StorageReader {
  readonly #base: string;

  /** @param base absolute path of `docker/registry/v2` */
  constructor(
    base: string,
    private readonly fs: SyncFs = nodeFs,
  ) {
    this.#base = base.endsWith('/') ? base : `${base}/`;
  }

  list(path: string): Entry[] | undefined {
    const where = fsPath(this.#base + path);
    const entries = orMissing(() => this.fs.readdirSync(where as string, { withFileTypes: true }));
    if (entries === undefined) return undefined;
    if (entries.some((entry) => entry.name.includes('\ufffd'))) return this.#listRaw(where);
    return entries.map((entry) => ({ name: entry.name, type: typeOf(entry) }));
  }

  /** A name that may be no UTF-8: once more, as bytes. */
  #listRaw(where: string | Buffer): Entry[] {
    const options = { withFileTypes: true, encoding: 'buffer' } as const;
    const entries = this.fs.readdirSync(where as string, options as never) as unknown as Dirent[];
    return entries.map((entry) => ({
      name: nameFromBytes(entry.name as unknown as Uint8Array),
      type: typeOf(entry),
    }));
  }

  lstat(path: string): FileStat | undefined {
    return statOf(orMissing(() => this.fs.lstatSync(fsPath(this.#base + path), NO_THROW)));
  }

  stat(path: string): FileStat | undefined {
    return statOf(orMissing(() => this.fs.statSync(fsPath(this.#base + path), NO_THROW)));
  }

  read(path: string, cap: number): FileContent | undefined {
    const where = fsPath(this.#base + path);
    let viaSymlink = false;
    let fd: number;
    try {
      fd = this.fs.openSync(where, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    } catch (error) {
      const errno = errnoOf(error);
      if (isMissing(errno)) return undefined;
      if (errno === 'ENXIO' || errno === 'ENODEV') throw new NotAFileError(path);
      if (errno !== 'ELOOP') throw error;
      viaSymlink = true;
      fd = this.fs.openSync(where, O_RDONLY | O_NONBLOCK);
    }
    try {
      return { ...this.#readOpen(fd, path, cap), viaSymlink };
    } finally {
      this.fs.closeSync(fd);
    }
  }

  #readOpen(fd: number, path: string, cap: number): Omit<FileContent, 'viaSymlink'> {
    const stat = statOf(this.fs.fstatSync(fd))!;
    if (stat.type !== 'file') throw new NotAFileError(path);
    const wanted = Math.min(stat.size, cap);
    const bytes = Buffer.allocUnsafe(wanted);
    let done = 0;
    while (done < wanted) {
      const n = this.fs.readSync(fd, bytes, done, wanted - done, done);
      if (n === 0) break;
      done += n;
    }
    return { stat, bytes: bytes.subarray(0, done) };
  }
}

function isMissing(errno: string | undefined): boolean {
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

function orMissing<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function typeOf(entry: Dirent | Stats): EntryType {
  if (entry.isDirectory()) return 'directory';
  if (entry.isFile()) return 'file';
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice()) {
    return 'other';
  }
  return 'unknown';
}

function statOf(stats: Stats | undefined): FileStat | undefined {
  if (stats === undefined) return undefined;
  return {
    type: typeOf(stats),
    dev: stats.dev,
    ino: stats.ino,
    nlink: stats.nlink,
    size: stats.size,
    blocks: stats.blocks,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
  };
}
