/** The lock on a tree. It ends with its process, and works across mount and network namespaces. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { STATE_DIRECTORY } from '../../storage/layout.js';
import { fsPath, printable } from '../../storage/names.js';
import type { StorageTree } from '../../storage/port.js';
import { errnoOf, isNoSpace, RegsweepError } from '../../util/errors.js';
import { acquireSocket } from './socket.js';

export interface TreeLock {
  release(): Promise<void>;
}

const { O_RDWR, O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/**
 * Locks the tree's folder, which works on a full disk. Also locks a file in the state folder: it
 * names the owner of the lock, older versions lock it, and it works if folders can't be locked
 * (NFS).
 * @param command shown to a user who finds the tree locked
 * @throws RegsweepError `locked` with the owner of the lock, `failed` if the lock can't be made;
 *   system errors
 */
export async function acquireLock(tree: StorageTree, command: string): Promise<TreeLock> {
  const folder = `${tree.rootDirectory}/${STATE_DIRECTORY}`;
  const path = `${folder}/lock`;
  const held = new HeldLocks();
  try {
    const isFolderLocked = await held.lockFolder(tree, path);
    const fd = openLock(folder, path, isFolderLocked);
    if (fd === undefined) return held;
    await held.lockFile(fd, folder, path);
    writeOwner(fd, command);
    return held;
  } catch (error) {
    await held.release();
    throw error;
  }
}

/** The locks of one process, which are released together. */
class HeldLocks implements TreeLock {
  #fds: number[] = [];
  #socket: TreeLock | undefined;

  /** @returns false if the filesystem can't lock folders, or flock(1) is missing */
  async lockFolder(tree: StorageTree, path: string): Promise<boolean> {
    const fd = fs.openSync(fsPath(tree.v2), O_DIRECTORY);
    this.#fds.push(fd);
    const lock = await acquireFlock(fd).catch(() => undefined);
    if (lock === 'held') throw lockedBy(path);
    return lock === 'open file';
  }

  async lockFile(fd: number, folder: string, path: string): Promise<void> {
    this.#fds.push(fd);
    let lock: 'open file' | 'held' | TreeLock | undefined;
    try {
      lock = await acquireFlock(fd);
    } catch (error) {
      throw flockFailed(path, (error as Error).message);
    }
    lock ??= await acquireSocket(folder);
    if (lock === 'held') throw lockedBy(path);
    if (lock !== 'open file') this.#socket = lock;
  }

  async release(): Promise<void> {
    await this.#socket?.release();
    this.#socket = undefined;
    for (const fd of this.#fds.splice(0)) fs.closeSync(fd);
  }
}

/**
 * @param optional returns undefined on a full disk or at a quota's limit, instead of failing
 * @throws RegsweepError `failed` if the folder or file can't be made
 */
function openLock(folder: string, path: string, optional: boolean): number | undefined {
  try {
    makeStateFolder(folder);
    return openWithin(folder, 'lock');
  } catch (cause) {
    if (cause instanceof RegsweepError) throw cause;
    if (optional && isNoSpace(cause)) return undefined;
    throw new RegsweepError('failed', `${printable(path)} can't be made: ${errnoOf(cause)}`, {
      path,
      remedy: REMEDIES[errnoOf(cause) ?? ''] ?? 'run as root, on a filesystem that can be written',
      cause,
    });
  }
}

/**
 * Opens relative to the folder's descriptor, so that a swap of the folder for a link has no effect.
 */
function openWithin(folder: string, name: string): number {
  const pinned = fs.openSync(fsPath(folder), O_DIRECTORY | O_NOFOLLOW);
  try {
    const flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    return fs.openSync(`/proc/self/fd/${pinned}/${name}`, flags, 0o600);
  } finally {
    fs.closeSync(pinned);
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  EROFS: 'the filesystem is mounted read-only: nothing can be changed on it',
};

/** Writes who has the lock. A full disk is no error, since the lock works without it. */
function writeOwner(fd: number, command: string): void {
  try {
    fs.ftruncateSync(fd);
    fs.writeSync(fd, ownerLine(command), 0);
  } catch (error) {
    if (!isNoSpace(error)) throw error;
  }
}

/**
 * @throws RegsweepError `failed` if `.regsweep` is no folder: all processes must lock the same file
 */
function makeStateFolder(folder: string): void {
  try {
    fs.mkdirSync(fsPath(folder), { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  if (fs.lstatSync(fsPath(folder)).isDirectory()) return;
  throw new RegsweepError('failed', `${printable(folder)} is not a folder`, {
    path: folder,
    remedy: 'move it away: regsweep keeps its state there',
  });
}

/**
 * Runs flock(1) on our descriptor. The lock belongs to the open file, which no other child
 * inherits, so it ends with our process, however that ends.
 * @returns undefined if flock(1) is missing
 * @throws Error with flock(1)'s message
 */
function acquireFlock(fd: number): Promise<'open file' | 'held' | undefined> {
  const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd] });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      errnoOf(error) === 'ENOENT' ? resolve(undefined) : reject(error),
    );
    child.on('close', (code) => {
      if (code === 0) resolve('open file');
      else if (code === 1 && complaint === '') resolve('held');
      else reject(new Error(complaint.trim() || `exit ${code}`));
    });
  });
}

const flockFailed = (path: string, why: string): RegsweepError =>
  new RegsweepError('failed', `flock failed: ${why}`, {
    path,
    remedy: 'put the state folder on a filesystem that supports locks',
  });

function ownerLine(command: string): string {
  const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();
  return `${JSON.stringify({ pid: process.pid, command, startedAt })}\n`;
}

function lockedBy(path: string): RegsweepError {
  const owner = readOwner(path);
  return new RegsweepError('locked', `another regsweep is working on this tree: ${owner}`, {
    path,
    remedy: 'wait until it has ended; the lock ends with its process',
  });
}

function readOwner(path: string): string {
  try {
    const text = fs.readFileSync(fsPath(path), 'utf8');
    const owner = JSON.parse(text) as { pid: number; command: string; startedAt: string };
    const command = printable(String(owner.command));
    return `process ${owner.pid} (${command}), since ${printable(String(owner.startedAt))}`;
  } catch {
    return 'it has only just started'; // a process writes its name after it got the lock
  }
}
