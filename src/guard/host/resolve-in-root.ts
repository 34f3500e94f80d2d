/**
 * Resolves paths as another process sees them: follows links within its root, never within ours.
 */
import fs from 'node:fs';
import { fsPath, nameFromBytes } from '../../storage/names.js';
import { errnoOf } from '../../util/errors.js';

const MAX_LINKS = 40;

export interface ResolvedPath {
  /** Absolute and without links, as the process sees it. */
  readonly path: string;
  readonly exists: boolean;
  /**
   * The latest time, in ms since the epoch, at which a component may have been replaced; 0 if none
   * was looked at. Replacing an entry changes its folder and its own ctime, so the earlier of both
   * is a bound.
   */
  readonly exchangedMs: number;
}

/** How to resolve `/proc/self` for the process. */
export interface OwnPaths {
  /** @throws if it is unknown */
  readonly cwd: () => string;
}

/**
 * @param root our path to the process's root folder, such as `/proc/<pid>/root`
 * @param path absolute, as the process sees it
 * @param own resolves the process's own entries of `/proc`
 * @throws system errors other than a missing entry
 * @throws Error on too many links, or if the path leads through other links of `/proc`
 */
export function resolveWithin(root: string, path: string, own?: OwnPaths): ResolvedPath {
  let todo = split(path);
  let done: string[] = [];
  let links = 0;
  let exchangedMs = 0;
  while (todo.length > 0) {
    const [name, ...rest] = todo as [string, ...string[]];
    todo = rest;
    if (name === '..') {
      done.pop();
      continue;
    }
    const folder = `${root}/${done.join('/')}`;
    const entry = readEntry(`${root}/${[...done, name].join('/')}`, folder);
    if (entry === undefined) {
      return { path: join([...done, name, ...rest]), exists: false, exchangedMs };
    }
    exchangedMs = Math.max(exchangedMs, entry.exchangedMs);
    const { target } = entry;
    if (target === undefined) {
      done.push(name);
      continue;
    }
    if (++links > MAX_LINKS) throw new Error(`too many symbolic links: ${path}`);
    if (target === OF_PROC) {
      todo = [...split(ownTarget(name, rest[0], own)), ...rest.slice(1)];
      done = [];
      continue;
    }
    if (target.startsWith('/')) done = [];
    todo = [...split(target), ...rest];
  }
  return { path: join(done), exists: true, exchangedMs };
}

const split = (path: string): string[] => path.split('/').filter((part) => part && part !== '.');
const join = (parts: readonly string[]): string => `/${parts.join('/')}`;

/** Resolves `/proc/self`, whose links the kernel would resolve for regsweep instead. */
function ownTarget(name: string, next: string | undefined, own: OwnPaths | undefined): string {
  if (name === 'self' || name === 'thread-self') {
    if (next === 'root') return '/';
    if (next === 'cwd' && own !== undefined) return own.cwd();
  }
  throw new Error(`the path leads through /proc: ${name}/${next ?? ''}`);
}

const PROC_SUPER_MAGIC = 0x9fa0;

const OF_PROC = Symbol('of /proc');

interface PathEntry {
  /** The target of a symbolic link; undefined for anything else. */
  readonly target: string | typeof OF_PROC | undefined;
  readonly exchangedMs: number;
}

/** @returns undefined if the entry doesn't exist */
function readEntry(path: string, folder: string): PathEntry | undefined {
  try {
    const stat = fs.lstatSync(fsPath(path));
    const above = fs.statSync(fsPath(`${folder}/`));
    const changedMs = Math.max(stat.mtimeMs, stat.ctimeMs);
    const exchangedMs = Math.min(changedMs, Math.max(above.mtimeMs, above.ctimeMs));
    if (!stat.isSymbolicLink()) return { target: undefined, exchangedMs };
    if (fs.statfsSync(fsPath(`${folder}/`)).type === PROC_SUPER_MAGIC) {
      return { target: OF_PROC, exchangedMs: 0 };
    }
    const target = nameFromBytes(fs.readlinkSync(fsPath(path), 'buffer'));
    return { target, exchangedMs: changedMs };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
