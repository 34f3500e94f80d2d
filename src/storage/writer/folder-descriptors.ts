/**
 * Open descriptors of the folders below a pinned folder. Each folder is opened component by
 * component with O_DIRECTORY | O_NOFOLLOW, as `/proc/self/fd/<fd>/<name>`. So no symbolic link is
 * followed. Entering another mount, even a bind mount of the same device, fails with EXDEV.
 */
import fs from 'node:fs';
import { fsPath } from '../names.js';
import { mountIdOf } from './mount-id.js';
import { systemError } from './writer-errors.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
const FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

/** Maximum number of open descriptors per pinned folder. */
const MAX_CACHED = 64;

/** @param path absolute; its last component must be a folder, not a symbolic link */
export const openFolder = (path: string): number => fs.openSync(fsPath(path), FOLDER);

export class FolderDescriptors {
  readonly #fd: number;
  readonly #path: string;
  readonly #mount: string;
  /** Open descriptors by relative path, the least recently used first. */
  readonly #open = new Map<string, number>();
  #lastPath: string | undefined;
  #lastFd = -1;

  /** @param fd descriptor of the pinned folder; the caller closes it */
  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
    this.#mount = mountIdOf(fd);
  }

  /**
   * Closes all descriptors except the pinned one. The next access starts again from the pinned
   * folder.
   */
  forget(): void {
    for (const fd of this.#open.values()) fs.closeSync(fd);
    this.#open.clear();
    this.#lastPath = undefined;
  }

  /** Like `handle`; faster for repeated calls with the same path. */
  parent(rel: string): number {
    if (rel !== this.#lastPath) {
      this.#lastFd = this.handle(rel);
      this.#lastPath = rel;
    }
    return this.#lastFd;
  }

  /** @returns the descriptor of a folder; valid until the next call */
  handle(rel: string): number {
    if (rel === '') return this.#fd;
    const cached = this.#open.get(rel);
    if (cached !== undefined) {
      this.#open.delete(rel);
      this.#open.set(rel, cached);
      return cached;
    }
    const slash = rel.lastIndexOf('/');
    const parent = this.handle(slash < 0 ? '' : rel.slice(0, slash));
    return this.#remember(rel, this.#enter(parent, rel.slice(slash + 1)));
  }

  #enter(parent: number, name: string): number {
    const path = fsPath(`/proc/self/fd/${parent}/${name}`);
    const fd = fs.openSync(path, FOLDER);
    if (mountIdOf(fd) === this.#mount) return fd;
    fs.closeSync(fd);
    throw systemError('EXDEV', this.#path, name);
  }

  /** Closes cached descriptors of a path that was moved or removed, and of everything below it. */
  drop(rel: string): void {
    for (const path of this.#open.keys()) {
      if (path.length < rel.length || !path.startsWith(rel)) continue;
      if (path.length > rel.length && path[rel.length] !== '/') continue;
      fs.closeSync(this.#open.get(path)!);
      this.#open.delete(path);
      this.#lastPath = undefined;
    }
  }

  #remember(rel: string, fd: number): number {
    if (this.#open.size >= MAX_CACHED) {
      const [oldest, old] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      fs.closeSync(old);
      this.#lastPath = undefined;
    }
    this.#open.set(rel, fd);
    return fd;
  }
}
