/** A disk of its own for a test: an image file, mounted. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './temp.js';

/** Runs a command. @returns its stdout. @throws if it fails */
export const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** @param make the command that makes the filesystem of the image; 400 MB */
export async function onDisk(
  make: string[],
  work: (point: string) => Promise<void>,
): Promise<void> {
  const folder = await tempFolder();
  const [image, point] = [join(folder, 'image'), join(folder, 'disk')];
  mkdirSync(point);
  run('truncate', '-s', '400M', image);
  run(make[0]!, ...make.slice(1), image);
  run('mount', '-o', 'loop', image, point);
  try {
    await work(point);
  } finally {
    run('umount', point);
  }
}
