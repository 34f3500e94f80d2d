/** Finds the unix sockets on which a process listens, and our paths to them. */
import fs from 'node:fs';
import { fsPath } from '../../storage/names.js';
import { socketInodes } from './listening-sockets.js';
import type { ProcessInfo } from './processes.js';
import { isSeen, type Proc, type ProcResult } from './procfs.js';
import { resolveWithin } from './resolve-in-root.js';

/** The kernel's flag `__SO_ACCEPTCON` of a listening socket. */
const LISTENS = 0x10000;

export interface UnixListener {
  /** Below `/proc/self/fd`, since a socket path has at most 107 bytes. Valid until `close`. */
  readonly socketPath: string;
  close(): void;
}

/**
 * Opens the folder of a unix socket on which the process listens.
 * @param address as the configuration names it
 * @param absolute the same, absolute, as the process sees it
 * @returns a message that says why, if the socket can't be reached
 */
export function unixListener(
  proc: Proc,
  info: ProcessInfo,
  address: string,
  absolute: string,
): UnixListener | string {
  const table = proc.text(info.id, 'net/unix');
  const own = socketInodes(proc, info.pid);
  if (!isSeen(table) || !isSeen(own)) return 'its sockets can’t be read';
  const bound = parseUnix(table).filter(({ path }) => path === address || path === absolute);
  if (!bound.some(({ inode }) => own.has(inode))) return `it doesn't listen on ${address}`;
  if (bound.length > 1) return `several sockets are bound to ${address}`;
  if (!absolute.startsWith('/')) return `${address} has no path that leads there from here`;
  const root = proc.path(info.id, 'root');
  const { path, exists } = resolveWithin(root, absolute);
  if (!exists) return `${address} was removed after the process started to listen`;
  const slash = path.lastIndexOf('/');
  const folder = fs.openSync(fsPath(`${root}${path.slice(0, slash)}/`), fs.constants.O_DIRECTORY);
  return {
    socketPath: `/proc/self/fd/${folder}/${path.slice(slash + 1)}`,
    close: () => fs.closeSync(folder),
  };
}

/** Paths as they were bound: relative and abstract ones too, which can't be reached by them. */
export function listeningUnixPaths(proc: Proc, info: ProcessInfo): ProcResult<string[]> {
  const table = proc.text(info.id, 'net/unix');
  const own = socketInodes(proc, info.pid);
  if (!isSeen(table)) return table;
  if (!isSeen(own)) return own;
  return parseUnix(table).flatMap(({ path, inode }) => (own.has(inode) ? [path] : []));
}

const ROW = /^\S+ \S+ \S+ ([0-9A-F]+) \S+ \S+ +(\d+)(?: (.+))?$/;

/** Listening rows of `/proc/<pid>/net/unix`. */
export function parseUnix(table: string): { path: string; inode: string }[] {
  return table.split('\n').flatMap((line) => {
    const [, flags, inode, path] = ROW.exec(line) ?? [];
    const listens = (Number.parseInt(flags ?? '0', 16) & LISTENS) !== 0;
    return listens ? [{ path: path ?? '', inode: inode! }] : [];
  });
}
