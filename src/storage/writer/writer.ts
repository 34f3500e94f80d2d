/**
 * The only code that changes the storage tree. A folder is opened once and pinned by its
 * descriptor. Everything below is reached through `folder-descriptors.ts`. So no symbolic link is
 * followed, a swapped parent can't lead outside, and entering another mount fails with EXDEV.
 */
import fs, { type Stats } from 'node:fs';
import { errnoOf, orMissing } from '../../util/errors.js';
import { fsPath } from '../names.js';
import { FolderDescriptors, openFolder } from './folder-descriptors.js';
import { type FolderMeta, listNames, metaOf } from './folder-meta.js';
import { needsNanoseconds, secondsOf, setFineTimes } from './folder-times.js';
import { syncAll } from './sync.js';
import { NOT_MOVED, systemError } from './writer-errors.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_APPEND, O_CREAT, O_RDWR, O_NONBLOCK } = fs.constants;
const NO_THROW = { throwIfNoEntry: false } as const;

/** Number of folders whose times one other process sets. */
const FOLDERS_PER_PROCESS = 200;

type FolderTimes = readonly [string, Pick<FolderMeta, 'atimeNs' | 'mtimeNs'>];

/** Changes files below one pinned folder. All paths are relative to it. */
export class StorageWriter {
  readonly #fd: number;
  readonly #folders: FolderDescriptors;
  readonly device: number;
  readonly inode: string;

  private constructor(
    fd: number,
    readonly path: string,
  ) {
    this.#fd = fd;
    this.#folders = new FolderDescriptors(fd, path);
    const stat = fs.fstatSync(fd, { bigint: true });
    this.device = Number(stat.dev);
    this.inode = String(stat.ino);
  }

  /** @param path absolute; its last component must be a folder, not a symbolic link */
  static open(path: string): StorageWriter {
    return new StorageWriter(openFolder(path), path);
  }

  /** Pins an existing folder below, with a descriptor of its own. */
  pin(rel: string): StorageWriter {
    return new StorageWriter(this.#reopen(rel), `${this.path}/${rel}`);
  }

  close(): void {
    this.forget();
    fs.closeSync(this.#fd);
  }

  /** Closes the cached descriptors. The next access starts again from the pinned folder. */
  forget(): void {
    this.#folders.forget();
  }

  /**
   * @param beneath a path below `rel`, for reading only
   * @returns a path for `fs` that no symbolic link among the parents of `rel` can divert; valid
   *   until the next call
   */
  at(rel: string, beneath = ''): string {
    const slash = rel.lastIndexOf('/');
    const parent = slash < 0 ? '' : rel.slice(0, slash);
    const path = `/proc/self/fd/${this.#folders.parent(parent)}/${rel.slice(slash + 1)}`;
    return fsPath(beneath === '' ? path : `${path}/${beneath}`) as string;
  }

  lstat(rel: string): Stats | undefined {
    return orMissing(() => fs.lstatSync(this.at(rel), NO_THROW));
  }

  /**
   * @returns undefined if the folder does not exist
   * @throws ENOTDIR or ELOOP if a symbolic link is in its place
   */
  names(rel: string): string[] | undefined {
    return orMissing(() => listNames(`/proc/self/fd/${this.#folders.handle(rel)}`));
  }

  meta(rel: string): FolderMeta | undefined {
    const stat = orMissing(() => fs.fstatSync(this.#folders.handle(rel), { bigint: true }));
    return stat === undefined ? undefined : metaOf(stat);
  }

  /**
   * Renames one item to a path that does not exist. The parent of the destination must exist.
   * @param fresh the caller created that parent, and no entry of this name is in it
   * @returns the item at its new path
   * @throws EEXIST if the destination exists; EXDEV across filesystems and mounts; `NOT_MOVED` if
   *   the kernel reports success but the item was not moved
   */
  move(
    from: string,
    into: StorageWriter,
    to: string,
    expect: { readonly dev: number; readonly ino: number },
    fresh = false,
  ): Stats {
    const source = this.at(from);
    const target = into.at(to);
    if (!fresh && fs.lstatSync(target, NO_THROW) !== undefined)
      throw systemError('EEXIST', into.path, to);
    fs.renameSync(source, target);
    this.#folders.drop(from);
    const now = fs.lstatSync(target, NO_THROW);
    const sourceMissing = fs.lstatSync(source, NO_THROW) === undefined;
    if (!sourceMissing || now?.ino !== expect.ino || now.dev !== expect.dev) {
      throw systemError(NOT_MOVED, this.path, from);
    }
    return now;
  }

  /**
   * Creates a second name of a file, and syncs its folder before the first name may be removed.
   * Never replaces `to`.
   * @throws EEXIST if `to` exists
   */
  linkInto(from: string, into: StorageWriter, to: string): void {
    const source = this.at(from);
    fs.linkSync(source, into.at(to));
    into.syncFolder(to.slice(0, Math.max(to.lastIndexOf('/'), 0)));
  }

  unlink(rel: string): void {
    fs.unlinkSync(this.at(rel));
  }

  rmdir(rel: string): void {
    fs.rmdirSync(this.at(rel));
    this.#folders.drop(rel);
  }

  /**
   * Creates one folder with the given owner and mode. The parent must exist.
   * @returns false if the folder existed already
   */
  makeFolder(rel: string, meta: Pick<FolderMeta, 'mode' | 'uid' | 'gid'>): boolean {
    try {
      fs.mkdirSync(this.at(rel), { mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      this.#folders.handle(rel);
      return false;
    }
    this.setOwner(rel, meta);
    return true;
  }

  /**
   * Creates a file with the exact mode, whatever the umask, and syncs it.
   * @throws EEXIST if the file exists
   */
  createFile(rel: string, content: string, mode: number): void {
    const flags = O_RDWR | O_CREAT | fs.constants.O_EXCL | O_NOFOLLOW;
    const fd = fs.openSync(this.at(rel), flags, mode);
    try {
      fs.writeSync(fd, content);
      fs.fchmodSync(fd, mode);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  setOwner(rel: string, meta: Pick<FolderMeta, 'mode' | 'uid' | 'gid'>): void {
    const fd = this.#folders.handle(rel);
    const stat = fs.fstatSync(fd);
    if (stat.uid !== meta.uid || stat.gid !== meta.gid) fs.fchownSync(fd, meta.uid, meta.gid);
    if ((stat.mode & 0o7777) !== meta.mode) fs.fchmodSync(fd, meta.mode);
  }

  /**
   * Sets times of folders to the nanosecond if the host has a suitable program, otherwise to the
   * microsecond.
   */
  setAllTimes(folders: readonly FolderTimes[]): void {
    for (const [rel, meta] of folders) this.setTimes(rel, meta);
    const withNanoseconds = folders.filter(([, { mtimeNs }]) => needsNanoseconds(mtimeNs));
    for (let at = 0; at < withNanoseconds.length; at += FOLDERS_PER_PROCESS) {
      this.#setFine(withNanoseconds.slice(at, at + FOLDERS_PER_PROCESS));
    }
  }

  #setFine(folders: readonly FolderTimes[]): void {
    const fds: number[] = [];
    try {
      for (const [rel] of folders) fds.push(this.#reopen(rel));
      const times = folders.map(([, { mtimeNs }]) => mtimeNs);
      setFineTimes(fds, times);
      folders.forEach(([rel, meta], i) => {
        const now = fs.fstatSync(fds[i]!, { bigint: true }).mtimeNs;
        if (now / 1000n !== BigInt(meta.mtimeNs) / 1000n) this.setTimes(rel, meta);
      });
    } finally {
      for (const fd of fds) fs.closeSync(fd);
    }
  }

  /** Sets times to the microsecond. */
  setTimes(rel: string, meta: Pick<FolderMeta, 'atimeNs' | 'mtimeNs'>): void {
    fs.futimesSync(this.#folders.handle(rel), secondsOf(meta.atimeNs), secondsOf(meta.mtimeNs));
  }

  /** Makes renames, creations and removals in this folder survive a power loss. */
  syncFolder(rel: string): void {
    fs.fsyncSync(this.#folders.handle(rel));
  }

  /**
   * Like `syncFolder`, for many folders, which must exist. Concurrent syncs share the flushes of a
   * disk.
   */
  async syncFolders(rels: Iterable<string>): Promise<void> {
    await syncAll([...rels], (rel) => this.#reopen(rel));
  }

  /** @returns a new descriptor, which the caller closes */
  #reopen(rel: string): number {
    return fs.openSync(`/proc/self/fd/${this.#folders.handle(rel)}`, O_RDONLY | O_DIRECTORY);
  }

  /** Opens a file for appending and reading. Creates it with mode 0600 if it is missing. */
  openAppend(rel: string): number {
    return fs.openSync(this.at(rel), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  }
}
