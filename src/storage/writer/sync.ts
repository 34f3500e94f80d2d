/** fsync of many folders, several at a time. */
import fs from 'node:fs';
import { promisify } from 'node:util';

const fsync = promisify(fs.fsync);

/** Descriptors open at once, beside those that are kept. */
const AT_ONCE = 32;

/**
 * @param open a descriptor that is closed here
 * @throws the first error, once none is under way any more
 */
export async function syncAll(
  folders: readonly string[],
  open: (folder: string) => number,
): Promise<void> {
  for (let at = 0; at < folders.length; at += AT_ONCE) {
    const fds: number[] = [];
    try {
      for (const folder of folders.slice(at, at + AT_ONCE)) fds.push(open(folder));
    } catch (error) {
      for (const fd of fds) fs.closeSync(fd);
      throw error;
    }
    const ended = await Promise.allSettled(fds.map((fd) => fsync(fd)));
    for (const fd of fds) fs.closeSync(fd);
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }
}
