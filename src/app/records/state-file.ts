/** Small JSON files in the state folder: each is read whole, and replaced whole. */
import { dirname } from 'node:path';
import type { z } from 'zod';
import { writeText } from '../../util/disk/atomic-write.js';
import { errnoOf, RegsweepError } from '../../util/errors.js';

/**
 * @param remedy for a file that is there and can't be used
 * @returns undefined where there is none
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

/** @throws RegsweepError `failed`, also where a write only said that it succeeded */
export async function writeStateFile(path: string, value: unknown): Promise<void> {
  const { ensureDir, readJson } = await import('fs-extra/esm');
  await ensureDir(dirname(path), 0o700);
  const text = JSON.stringify(value);
  await writeText(path, `${text}\n`);
  const written = await readJson(path).catch((error: unknown) => error);
  if (JSON.stringify(written) === text) return;
  throw new RegsweepError('failed', `${path} was written and holds something else`, {
    path,
    remedy: 'check the filesystem, then run again',
  });
}
