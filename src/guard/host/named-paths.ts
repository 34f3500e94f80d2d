/**
 * Finds a path of the tree in a process's arguments, environment, working directory or open files.
 */

import { fsPath } from '../../storage/names.js';
import type { ProcessInfo } from './processes.js';
import { attempt, fileIdOf, isSeen, type Proc, splitNul } from './procfs.js';
import { resolveWithin } from './resolve-in-root.js';

const MOST_WORDS = 500;
const LONGEST_WORD = 4096;
const MOST_LEVELS = 64;

/** The shell's folder at the start of the process. It doesn't show that the process uses it. */
const SHELL_STATE = /^(?:OLD)?PWD=/;

/** A path in the tree, as the process sees it, and where it was found. */
export interface NamedPath {
  readonly path: string;
  readonly where:
    | 'its arguments'
    | 'its environment'
    | 'its working directory'
    | 'a folder that it has open';
}

/** Whether a path, as a process sees it, leads into the tree. */
export type LeadsIn = (info: ProcessInfo, path: string) => boolean;

/**
 * Caches answers by path and root folder, since many processes name the same paths.
 * @param ids identities of the tree's folders; a path below one of them leads into the tree
 */
export function pathsLeadingInto(proc: Proc, ids: ReadonlySet<string>): LeadsIn {
  const known = new Map<string, boolean>();
  return (info, path) => {
    const whose = isSeen(info.rootId) ? `${String(info.mountNamespace)} ${info.rootId}` : info.id;
    const key = `${whose} ${path}`;
    const found = known.get(key) ?? isWithin(proc.path(info.id, 'root'), path, ids);
    known.set(key, found);
    return found;
  };
}

/** Looks in the working directory, then the arguments, then the environment. */
export function namedPath(proc: Proc, info: ProcessInfo, leadsIn: LeadsIn): NamedPath | undefined {
  const cwd = proc.link(info.id, 'cwd');
  const base = isSeen(cwd) ? cwd : '/';
  const find = (paths: readonly string[]): string | undefined =>
    paths.find((path) => leadsIn(info, path));
  if (isSeen(cwd) && leadsIn(info, cwd)) return { path: cwd, where: 'its working directory' };
  const argument = find(info.argv.slice(1, MOST_WORDS).flatMap((word) => pathsIn(word, base)));
  if (argument !== undefined) return { path: argument, where: 'its arguments' };
  const environ = proc.text(info.id, 'environ');
  const variables = isSeen(environ) ? splitNul(environ).slice(0, MOST_WORDS) : [];
  const named = find(
    variables
      .filter((line) => !SHELL_STATE.test(line))
      .flatMap((line) => pathsIn(line.slice(line.indexOf('=') + 1), undefined)),
  );
  return named === undefined ? undefined : { path: named, where: 'its environment' };
}

/** A folder or file of the tree that the process has open, for reading or writing. */
export function openPath(proc: Proc, info: ProcessInfo, leadsIn: LeadsIn): NamedPath | undefined {
  const files = proc.openFiles(info.id);
  for (const { path } of isSeen(files) ? files : []) {
    if (path.startsWith('/') && leadsIn(info, path)) {
      return { path, where: 'a folder that it has open' };
    }
  }
  return undefined;
}

/**
 * Paths that a word may contain: the word, the part after its `=`, and each absolute path in it.
 * @param base the folder of relative paths; undefined leaves relative paths out
 */
export function pathsIn(word: string, base: string | undefined): string[] {
  if (word === '' || word.length > LONGEST_WORD) return [];
  const value = word.slice(word.indexOf('=') + 1);
  const pieces = word.match(/\/[^\s'",;:=|&<>()[\]{}]+/g) ?? [];
  const fullPaths = [word, value].flatMap((text) => {
    if (text.startsWith('/')) return [text];
    return base === undefined || text === '' || text.startsWith('-') ? [] : [`${base}/${text}`];
  });
  return [...new Set([...fullPaths, ...pieces])];
}

/**
 * Whether the path or a folder above it is one of the tree's. The process may create a missing
 * path, so its existing part decides.
 */
function isWithin(root: string, path: string, ids: ReadonlySet<string>): boolean {
  const parts = realPath(root, path).split('/').slice(0, MOST_LEVELS);
  return parts.some((_, i) => {
    const above = parts.slice(0, parts.length - i).join('/');
    const id = attempt(() => fileIdOf(fsPath(`${root}${above}/`)));
    return isSeen(id) && ids.has(id);
  });
}

function realPath(root: string, path: string): string {
  try {
    return resolveWithin(root, path).path;
  } catch {
    return path; // it leads through /proc or a loop; isWithin lets the kernel resolve it
  }
}
