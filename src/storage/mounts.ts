/** The mounts that this process sees. */
import { readFileSync } from 'node:fs';
import { below, type Mount, parseMountinfo } from './mountinfo.js';

export function ownMounts(): Mount[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Mount points below an absolute, real path, relative to it. */
export function mountsWithin(path: string): string[] {
  return ownMounts().flatMap(({ mountPoint }) => below(path, mountPoint) || []);
}
