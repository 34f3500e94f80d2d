/** Deleted files of the tree that processes still have open. Closing them frees their space. */
import fs from 'node:fs';
import type { StorageTree } from '../../storage/port.js';
import { withoutSecrets } from './processes.js';
import { attempt, isSeen, Proc, splitNul } from './procfs.js';

export interface HeldFiles {
  readonly pid: number;
  readonly command: string;
  readonly files: number;
  /** Allocated bytes. */
  readonly diskBytes: number;
}

const DELETED = ' (deleted)';
/**
 * Matches files of the tree and of the quarantine, at any path at which a process sees the tree.
 */
const PLACE = /\/(?:docker\/registry\/v2|\.regsweep)\//;

/**
 * Whether the path lies in the tree, or its tree can't be told from here. Another registry's tree may
 * lie on the same filesystem.
 */
function mayBeIn(root: fs.Stats | undefined, proc: Proc, pid: number, path: string): boolean {
  const at = PLACE.exec(path)?.index;
  if (at === undefined) return false;
  const other = attempt(() => fs.statSync(proc.path(pid, `root${path.slice(0, at)}/`)));
  return !isSeen(other) || root === undefined || (other.dev === root.dev && other.ino === root.ino);
}

/**
 * Skips what can't be read, since the result is only shown and decides nothing.
 * @returns one entry a process; a file that several have open counts for the first of them
 */
export function heldDeletedFiles(tree: StorageTree, proc = new Proc()): HeldFiles[] {
  const seen = new Set<string>();
  const root = fs.statSync(tree.rootDirectory, { throwIfNoEntry: false });
  const found: HeldFiles[] = [];
  for (const pid of proc.pids()) {
    const fds = proc.list(pid, 'fd');
    if (pid === process.pid || !isSeen(fds)) continue;
    let [files, diskBytes] = [0, 0];
    for (const fd of fds) {
      const path = proc.link(pid, `fd/${fd}`);
      if (!isSeen(path) || !path.endsWith(DELETED) || !mayBeIn(root, proc, pid, path)) continue;
      const stat = attempt(() => fs.statSync(proc.path(pid, `fd/${fd}`)));
      if (!isSeen(stat) || stat.dev !== tree.device || stat.nlink > 0 || !stat.isFile()) continue;
      const id = String(stat.ino);
      if (seen.has(id)) continue;
      seen.add(id);
      files += 1;
      diskBytes += stat.blocks * 512;
    }
    if (files > 0) found.push({ pid, command: commandOf(proc, pid), files, diskBytes });
  }
  return found;
}

function commandOf(proc: Proc, pid: number): string {
  const text = proc.text(pid, 'cmdline');
  const words = isSeen(text) ? splitNul(text).join(' ') : '';
  return words === '' ? '?' : withoutSecrets(words).slice(0, 200);
}
