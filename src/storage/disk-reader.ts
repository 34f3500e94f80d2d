/**
 * `StorageReader` on the real disk, or on memfs in tests. All calls are synchronous, because worker
 * threads do the waiting.
 */
import nodeFs, { type Dirent, type Stats } from 'node:fs';
import { errnoOf, orMissing } from '../util/errors.js';
import { fsPath, nameFromBytes } from './names.js';
import {
  type Entry,
  type EntryType,
  type FileContent,
  type FileStat,
  NotAFileError,
  type StorageReader,
} from './port.js';

/** The used part of `node:fs`; memfs's `createFsFromVolume(vol)` fits after one cast. */
export type SyncFs = Pick<
  typeof nodeFs,
  | 'readdirSync'
  | 'lstatSync'
  | 'statSync'
  | 'openSync'
  | 'fstatSync'
  | 'readSync'
  | 'closeSync'
  | 'realpathSync'
>;

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = nodeFs.constants;
const { S_IFMT, S_IFDIR, S_IFREG, S_IFLNK } = nodeFs.constants;
/** Files up to this size are read into one reused buffer. */
const SCRATCH_BYTES = 64 * 1024;
const DEAD_LINK_ERRNOS = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);
const NO_THROW = { throwIfNoEntry: false } as const;

export class DiskReader implements StorageReader {
  readonly #base: string;
  readonly #links = new Set<string>();
  #realBase: string | undefined;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

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
    const listed: Entry[] = [];
    for (const entry of entries) {
      if (entry.name.includes('\ufffd')) return this.#recordLinks(path, this.#listRaw(where));
      listed.push({ name: entry.name, type: typeOfEntry(entry) });
    }
    return this.#recordLinks(path, listed);
  }

  #recordLinks(path: string, listed: Entry[]): Entry[] {
    for (const { name, type } of listed) {
      if (type === 'symlink') this.#links.add(path === '' ? name : `${path}/${name}`);
    }
    return listed;
  }

  /** Lists again as bytes, because a name is not valid UTF-8. */
  #listRaw(where: string | Buffer): Entry[] {
    const options = { withFileTypes: true, encoding: 'buffer' } as const;
    const entries = this.fs.readdirSync(where as string, options as never) as unknown as Dirent[];
    return entries.map((entry) => ({
      name: nameFromBytes(entry.name as unknown as Uint8Array),
      type: typeOfEntry(entry),
    }));
  }

  names(path: string): string[] | undefined {
    const where = fsPath(this.#base + path);
    const names = orMissing(() => this.fs.readdirSync(where as string));
    if (names === undefined) return undefined;
    for (const name of names) {
      if (name.includes('\ufffd')) return this.#listRaw(where).map((entry) => entry.name);
    }
    return names;
  }

  lstat(path: string): FileStat | undefined {
    const stat = statOf(orMissing(() => this.fs.lstatSync(fsPath(this.#base + path), NO_THROW)));
    if (stat?.type === 'symlink') this.#links.add(path);
    return stat;
  }

  takeSymlinks(): string[] {
    if (this.#links.size === 0) return [];
    const links = [...this.#links];
    this.#links.clear();
    return links;
  }

  resolve(path: string): string | undefined {
    try {
      this.#realBase ??= `${this.#real('')}/`;
      const base = this.#realBase;
      const end = this.#real(path);
      return end.startsWith(base) ? end.slice(base.length) : undefined;
    } catch (error) {
      if (!DEAD_LINK_ERRNOS.has(errnoOf(error) ?? '')) throw error;
      return undefined;
    }
  }

  #real(path: string): string {
    return nameFromBytes(this.fs.realpathSync(fsPath(this.#base + path), 'buffer'));
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
      this.#links.add(path);
      fd = this.fs.openSync(where, O_RDONLY | O_NONBLOCK);
    }
    try {
      return this.#readOpen(fd, path, cap, viaSymlink);
    } finally {
      this.fs.closeSync(fd);
    }
  }

  #readOpen(fd: number, path: string, cap: number, viaSymlink: boolean): FileContent {
    const stat = statOf(this.fs.fstatSync(fd))!;
    if (stat.type !== 'file') throw new NotAFileError(path);
    const wanted = Math.min(stat.size, cap);
    const bytes = wanted <= SCRATCH_BYTES ? this.#scratch : Buffer.allocUnsafeSlow(wanted);
    let done = 0;
    while (done < wanted) {
      const n = this.fs.readSync(fd, bytes, done, wanted - done, done);
      if (n === 0) break;
      done += n;
    }
    return { stat, bytes: bytes.subarray(0, done), viaSymlink };
  }
}

function isMissing(errno: string | undefined): boolean {
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

function typeOfEntry(entry: Dirent): EntryType {
  if (entry.isDirectory()) return 'directory';
  if (entry.isFile()) return 'file';
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice()) {
    return 'other';
  }
  return 'unknown';
}

function typeOfMode(mode: number): EntryType {
  const kind = mode & S_IFMT;
  if (kind === S_IFREG) return 'file';
  if (kind === S_IFDIR) return 'directory';
  return kind === S_IFLNK ? 'symlink' : 'other';
}

function statOf(stats: Stats | undefined): FileStat | undefined {
  if (stats === undefined) return undefined;
  return {
    type: typeOfMode(stats.mode),
    dev: stats.dev,
    ino: stats.ino,
    nlink: stats.nlink,
    size: stats.size,
    blocks: stats.blocks,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
  };
}
