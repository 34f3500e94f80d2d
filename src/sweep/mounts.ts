/** Mount points below a folder, from /proc/self/mountinfo: a bind mount shows in no st_dev. */
import fs from 'node:fs';

/**
 * @param base absolute, real path
 * @returns paths relative to `base` ('' for `base` itself is left out)
 */
export function mountsBelow(base: string): string[] {
  const prefix = `${base}/`;
  const found: string[] = [];
  for (const line of fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const point = line.split(' ')[4];
    if (point === undefined) continue;
    const path = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    if (path.startsWith(prefix)) found.push(path.slice(prefix.length));
  }
  return found;
}
