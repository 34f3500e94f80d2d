/** Paths as another process sees them: links are followed within its root, never within ours. */
import fs from 'node:fs';
import { errnoOf } from '../errors.js';
import { fsPath, nameFromBytes } from '../storage/names.js';

const MAX_LINKS = 40;

export interface Resolved {
  /** Absolute, free of links, as the process sees it. */
  readonly path: string;
  readonly exists: boolean;
  /** When the last of the links on the way was made; 0 where there is none. */
  readonly linkedMs: number;
}

/**
 * @param root a path to the process's root folder, such as `/proc/<pid>/root`
 * @param path absolute, as the process sees it
 * @throws system errors other than a missing entry
 */
export function resolveWithin(root: string, path: string): Resolved {
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
    linkedMs = Math.max(linkedMs, target.madeMs);
    if (target.link.startsWith('/')) done = [];
    todo = [...split(target.link), ...rest];
  }
  return { path: join(done), exists: true, linkedMs };
}

const split = (path: string): string[] => path.split('/').filter((part) => part && part !== '.');
const join = (parts: readonly string[]): string => `/${parts.join('/')}`;

function readLink(path: string): 'missing' | 'no-link' | { link: string; madeMs: number } {
  try {
    const stat = fs.lstatSync(fsPath(path));
    if (!stat.isSymbolicLink()) return 'no-link';
    const link = nameFromBytes(fs.readlinkSync(fsPath(path), 'buffer'));
    return { link, madeMs: Math.max(stat.mtimeMs, stat.ctimeMs) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return 'missing';
    throw error;
  }
}
