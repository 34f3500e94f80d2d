/** Small JSON files in the state folder. Each is read and replaced as a unit. */
import { dirname } from 'node:path';
import type { z } from 'zod';
import { writeText } from '../../util/disk/atomic-write.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';

/**
 * @param remedy for a file that exists and can't be used
 * @returns undefined if there is no file
 * @throws RegsweepError `failed`
 */
export async function readStateFile<T>(
  path: string,
  schema: z.ZodType<T>,
  remedy: string,
): Promise<T | undefined> {
  const { readJson } = await import('fs-extra/esm');
  try {
    return schema.parse(await readJson(path));
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw new RegsweepError('failed', `${path} can't be read: ${(cause as Error).message}`, {
      path,
      cause,
      remedy,
    });
  }
}

/** @throws RegsweepError `failed`, also if the file has other content after a successful write */
export async function writeStateFile(path: string, value: unknown): Promise<void> {
  const { ensureDir, readJson } = await import('fs-extra/esm');
  await ensureDir(dirname(path), 0o700);
  const text = JSON.stringify(value);
  await writeText(path, `${text}\n`);
  const written = await readJson(path).catch((error: unknown) => error);
  if (JSON.stringify(written) === text) return;
  throw new RegsweepError('failed', `${path} was written, but has other content`, {
    path,
    remedy: 'check the filesystem, then run again',
  });
}
