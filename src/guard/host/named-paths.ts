/** Whether a process names the tree, or a folder of it: in its arguments, its environment, or by working in it. */

import { fsPath } from '../../storage/names.js';
import type { ProcessInfo } from './processes.js';
import { attempt, fileIdOf, isSeen, type Proc, splitNul } from './procfs.js';
import { resolveWithin } from './resolve-in-root.js';

const MOST_WORDS = 500;
const LONGEST_WORD = 4096;
const MOST_LEVELS = 64;

/** Where a shell was when it started the process: tells nothing of what the process does. */
const SHELL_STATE = /^(?:OLD)?PWD=/;

/** A path within the tree, as the process sees it, and where it is named. */
export interface NamedPath {
  readonly path: string;
  readonly where:
    | 'its arguments'
    | 'its environment'
    | 'its working directory'
    | 'a folder that it has open';
}

/** Whether a path leads into the tree, as a process sees it. */
export type LeadsIn = (info: ProcessInfo, path: string) => boolean;

/**
 * Processes name the same paths again and again: those with one root are asked once for each.
 * @param ids of the tree's folders: whatever lies beneath one of them lies in the tree
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

/** A folder or file of the tree that it has open, in whatever way. */
export function openPath(proc: Proc, info: ProcessInfo, leadsIn: LeadsIn): NamedPath | undefined {
  const fds = proc.list(info.id, 'fd');
  for (const fd of isSeen(fds) ? fds : []) {
    const path = proc.link(info.id, `fd/${fd}`);
    if (isSeen(path) && path.startsWith('/') && leadsIn(info, path)) {
      return { path, where: 'a folder that it has open' };
    }
  }
  return undefined;
}

/**
 * The word itself, what follows its `=`, and each piece that begins as an absolute path.
 * @param base what relative ones start from; undefined where they are no paths
 */
export function pathsIn(word: string, base: string | undefined): string[] {
  if (word === '' || word.length > LONGEST_WORD) return [];
  const value = word.slice(word.indexOf('=') + 1);
  const pieces = word.match(/\/[^\s'",;:=|&<>()[\]{}]+/g) ?? [];
  const whole = [word, value].flatMap((text) => {
    if (text.startsWith('/')) return [text];
    return base === undefined || text === '' || text.startsWith('-') ? [] : [`${base}/${text}`];
  });
  return [...new Set([...whole, ...pieces])];
}

/**
 * It, or one of the folders above it, is one of the tree's. Of a path that doesn't exist, what
 * exists of it counts: it may be made.
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
    return path; // through /proc, or without an end: the kernel follows it below
  }
}
