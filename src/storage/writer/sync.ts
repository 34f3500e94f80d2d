/** Syncs many folders, several at a time. */
import fs from 'node:fs';
import { promisify } from 'node:util';

const fsync = promisify(fs.fsync);

/** Maximum number of descriptors that `syncAll` opens at once. */
const MAX_OPEN = 32;

/**
 * @param open opens a folder; the descriptor is closed here
 * @throws the first error, after all pending syncs have ended
 */
export async function syncAll(
  folders: readonly string[],
  open: (folder: string) => number,
): Promise<void> {
  for (let at = 0; at < folders.length; at += MAX_OPEN) {
    const fds: number[] = [];
    try {
      for (const folder of folders.slice(at, at + MAX_OPEN)) fds.push(open(folder));
    } catch (error) {
      for (const fd of fds) fs.closeSync(fd);
      throw error;
    }
    const ended = await Promise.allSettled(fds.map((fd) => fsync(fd)));
    for (const fd of fds) fs.closeSync(fd);
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }
}
