/** Paths as another process sees them: links are followed within its root, never within ours. */
import fs from 'node:fs';
import { fsPath, nameFromBytes } from '../../storage/names.js';
import { errnoOf } from '../../util/errors.js';

const MAX_LINKS = 40;

export interface ResolvedPath {
  /** Absolute, free of links, as the process sees it. */
  readonly path: string;
  readonly exists: boolean;
  /** When the last of the links on the way was made; 0 where there is none. */
  readonly linkedMs: number;
}

/** What `/proc/self` leads to is another thing for each process. */
export interface OwnPaths {
  /** @throws where it can't be told */
  readonly cwd: () => string;
}

/**
 * @param root a path to the process's root folder, such as `/proc/<pid>/root`
 * @param path absolute, as the process sees it
 * @param own what the process's own entries of `/proc` mean
 * @throws system errors other than a missing entry; where the path leads through other links of `/proc`
 */
export function resolveWithin(root: string, path: string, own?: OwnPaths): ResolvedPath {
  let todo = split(path);
  let done: string[] = [];
  let links = 0;
  let linkedMs = 0;
  while (todo.length > 0) {
    const [name, ...rest] = todo as [string, ...string[]];
    todo = rest;
    if (name === '..') {
      done.pop();
      continue;
    }
    const target = readLink(`${root}/${[...done, name].join('/')}`);
    if (target === 'missing')
      return { path: join([...done, name, ...rest]), exists: false, linkedMs };
    if (target === 'no-link') {
      done.push(name);
      continue;
    }
    if (++links > MAX_LINKS) throw new Error(`too many symbolic links: ${path}`);
    if (target === 'of-proc') {
      todo = [...split(ownTarget(name, rest[0], own)), ...rest.slice(1)];
      done = [];
      continue;
    }
    linkedMs = Math.max(linkedMs, target.madeMs);
    if (target.link.startsWith('/')) done = [];
    todo = [...split(target.link), ...rest];
  }
  return { path: join(done), exists: true, linkedMs };
}

const split = (path: string): string[] => path.split('/').filter((part) => part && part !== '.');
const join = (parts: readonly string[]): string => `/${parts.join('/')}`;

/** Links of `/proc` are no text: they lead where the kernel says, and `self` is whoever asks. */
function ownTarget(name: string, next: string | undefined, own: OwnPaths | undefined): string {
  if (name === 'self' || name === 'thread-self') {
    if (next === 'root') return '/';
    if (next === 'cwd' && own !== undefined) return own.cwd();
  }
  throw new Error(`the path leads through /proc: ${name}/${next ?? ''}`);
}

const PROC_SUPER_MAGIC = 0x9fa0;

type Link = { readonly link: string; readonly madeMs: number };

function readLink(path: string): 'missing' | 'no-link' | 'of-proc' | Link {
  try {
    const stat = fs.lstatSync(fsPath(path));
    if (!stat.isSymbolicLink()) return 'no-link';
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (fs.statfsSync(fsPath(folder)).type === PROC_SUPER_MAGIC) return 'of-proc';
    const link = nameFromBytes(fs.readlinkSync(fsPath(path), 'buffer'));
    return { link, madeMs: Math.max(stat.mtimeMs, stat.ctimeMs) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return 'missing';
    throw error;
  }
}
