/** Which mount a descriptor lies on: device numbers don't tell one bind mount from another. */
import fs from 'node:fs';

const info = Buffer.allocUnsafe(512);

/** Asked for each folder that is entered, hence one read: the kernel gives it all at once. */
export function mountIdOf(fd: number): string {
  const file = fs.openSync(`/proc/self/fdinfo/${fd}`, fs.constants.O_RDONLY);
  try {
    const text = info.toString('latin1', 0, fs.readSync(file, info, 0, info.length, null));
    return /^mnt_id:\s*(\d+)$/m.exec(text)?.[1] ?? '';
  } finally {
    fs.closeSync(file);
  }
}
