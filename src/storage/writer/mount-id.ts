/**
 * The mount that a descriptor is on. Bind mounts have the device number of their source, so the
 * device number is not enough.
 */
import fs from 'node:fs';

const info = Buffer.allocUnsafe(512);

/**
 * Called for each folder that is entered, so it reads only once. The kernel returns the complete
 * file.
 */
export function mountIdOf(fd: number): string {
  const file = fs.openSync(`/proc/self/fdinfo/${fd}`, fs.constants.O_RDONLY);
  try {
    const text = info.toString('latin1', 0, fs.readSync(file, info, 0, info.length, null));
    return /^mnt_id:\s*(\d+)$/m.exec(text)?.[1] ?? '';
  } finally {
    fs.closeSync(file);
  }
}
