/**
 * The only code that changes the disk. A folder is opened once and pinned by its descriptor;
 * everything below is reached through `folder-descriptors.ts`, so no symbolic link is ever
 * followed and a swapped parent can't lead outside. Crossing into another mount, a bind mount of
 * the same device too, is EXDEV.
 */
import fs, { type Stats } from 'node:fs';
import { errnoOf } from '../../util/errors.js';
import { fsPath } from '../names.js';
import { FolderDescriptors, openFolder } from './folder-descriptors.js';
import { type FolderMeta, listNames, metaOf } from './folder-meta.js';
import { isFine, secondsOf, touchAll } from './folder-times.js';
import { syncAll } from './sync.js';
import { NOT_MOVED, systemError } from './writer-errors.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_APPEND, O_CREAT, O_RDWR, O_NONBLOCK } = fs.constants;
const NO_THROW = { throwIfNoEntry: false } as const;

/** Folders whose times one shell sets. */
const INHERITED = 100;

type FolderTimes = readonly [string, Pick<FolderMeta, 'atimeNs' | 'mtimeNs'>];

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

  /** @param path absolute; its last component must be a folder and no symbolic link */
  static open(path: string): StorageWriter {
    return new StorageWriter(openFolder(path), path);
  }

  /** A folder below, pinned on its own. It must exist. */
  pin(rel: string): StorageWriter {
    return new StorageWriter(this.#reopen(rel), `${this.path}/${rel}`);
  }

  close(): void {
    this.forget();
    fs.closeSync(this.#fd);
  }

  /** Drops the cached descriptors: the next access walks from the pinned folder again. */
  forget(): void {
    this.#folders.forget();
  }

  /**
   * A path for `fs` that no symbolic link among the parents of `rel` can divert; `beneath` is
   * for looking only. Good until the next call.
   */
  at(rel: string, beneath = ''): string {
    const slash = rel.lastIndexOf('/');
    const parent = slash < 0 ? '' : rel.slice(0, slash);
    const path = `/proc/self/fd/${this.#folders.parent(parent)}/${rel.slice(slash + 1)}`;
    return fsPath(beneath === '' ? path : `${path}/${beneath}`) as string;
  }

  lstat(rel: string): Stats | undefined {
    return this.#orMissing(() => fs.lstatSync(this.at(rel), NO_THROW));
  }

  /** @returns undefined when no such folder is there; a link in its place is ENOTDIR or ELOOP */
  names(rel: string): string[] | undefined {
    return this.#orMissing(() => listNames(`/proc/self/fd/${this.#folders.handle(rel)}`));
  }

  meta(rel: string): FolderMeta | undefined {
    const stat = this.#orMissing(() => fs.fstatSync(this.#folders.handle(rel), { bigint: true }));
    return stat === undefined ? undefined : metaOf(stat);
  }

  /**
   * One rename, into a place that is free: the caller has made the destination's parent.
   * @param fresh the caller made that parent empty and put nothing of this name there
   * @throws EEXIST when something stands there, EXDEV across filesystems and mounts,
   *   `NOT_MOVED` when the kernel reports success and nothing moved
   */
  move(
    from: string,
    into: StorageWriter,
    to: string,
    expect: { readonly dev: number; readonly ino: number },
    fresh = false,
  ): void {
    const source = this.at(from);
    const target = into.at(to);
    if (!fresh && fs.lstatSync(target, NO_THROW) !== undefined)
      throw systemError('EEXIST', into.path, to);
    fs.renameSync(source, target);
    this.#folders.drop(from);
    const now = fs.lstatSync(target, NO_THROW);
    const gone = fs.lstatSync(source, NO_THROW) === undefined;
    if (!gone || now?.ino !== expect.ino || now.dev !== expect.dev) {
      throw systemError(NOT_MOVED, this.path, from);
    }
  }

  /** A second name, durable before the first may go; never replaces what stands at `to`. */
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
   * Makes one folder with the owner and mode given; its parent must exist.
   * @returns false when it was there already
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

  /** Makes a file that was not there, with the mode given whatever the umask, and syncs it. */
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
   * Times of folders, to the nanosecond where the host has a `touch` that can: Node sets them to
   * the microsecond, which stands where there is none. `touch` gets descriptors, never a path.
   */
  setAllTimes(folders: readonly FolderTimes[]): void {
    for (const [rel, meta] of folders) this.setTimes(rel, meta);
    const finer = folders.filter(([, { mtimeNs }]) => isFine(mtimeNs));
    for (let at = 0; at < finer.length; at += INHERITED) {
      this.#setFine(finer.slice(at, at + INHERITED));
    }
  }

  #setFine(folders: readonly FolderTimes[]): void {
    const fds: number[] = [];
    try {
      for (const [rel] of folders) fds.push(this.#reopen(rel));
      const times = folders.map(([, { mtimeNs }]) => mtimeNs);
      touchAll(fds, times);
      folders.forEach(([rel, meta], i) => {
        const now = fs.fstatSync(fds[i]!, { bigint: true }).mtimeNs;
        if (now / 1000n !== BigInt(meta.mtimeNs) / 1000n) this.setTimes(rel, meta);
      });
    } finally {
      for (const fd of fds) fs.closeSync(fd);
    }
  }

  /** To the microsecond. */
  setTimes(rel: string, meta: Pick<FolderMeta, 'atimeNs' | 'mtimeNs'>): void {
    fs.futimesSync(this.#folders.handle(rel), secondsOf(meta.atimeNs), secondsOf(meta.mtimeNs));
  }

  /** Makes what was renamed, made or removed in this folder survive a power loss. */
  syncFolder(rel: string): void {
    fs.fsyncSync(this.#folders.handle(rel));
  }

  /** The same for many, all of which must be there: a disk flushes once for all that wait. */
  async syncFolders(rels: Iterable<string>): Promise<void> {
    await syncAll([...rels], (rel) => this.#reopen(rel));
  }

  /** A descriptor for the caller to close. */
  #reopen(rel: string): number {
    return fs.openSync(`/proc/self/fd/${this.#folders.handle(rel)}`, O_RDONLY | O_DIRECTORY);
  }

  /** A file for appending (and reading back), made with mode 0600 when missing. */
  openAppend(rel: string): number {
    return fs.openSync(this.at(rel), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  }

  #orMissing<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}
