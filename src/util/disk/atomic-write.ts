/**
 * Files outside the storage tree that appear whole: a reader sees the old one or the new one.
 * Chunks are for results of any length; what is short is written by `write-file-atomic`.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, RegsweepError, usageError } from '../errors.js';

/**
 * Writes a file beside its place and renames it in: a reader sees the old one or the new one.
 * @throws RegsweepError `usage` where the file is there already and `force` isn't set
 */
export async function writeWhole(
  path: string,
  chunks: Iterable<string>,
  force: boolean,
): Promise<void> {
  refuseExisting(path, force);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      for (const chunk of chunks) await file.appendFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    refuseExisting(path, force);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch((failure: unknown) => {
      if (errnoOf(failure) !== 'ENOENT') throw failure;
    });
    throw writeError(path, error);
  }
}

/** @throws RegsweepError `failed` */
export async function writeText(path: string, text: string): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    throw writeError(path, error);
  }
}

function writeError(path: string, error: unknown): RegsweepError {
  if (error instanceof RegsweepError) return error;
  const message = `${path} could not be written: ${(error as Error).message}`;
  return new RegsweepError('failed', message, { path, cause: error });
}

/** As a file's name: standard output. */
export const STDOUT = '-';

export function refuseExisting(path: string, force: boolean): void {
  if (force || path === STDOUT || !existsSync(path)) return;
  throw usageError(`${path} is there already`, '--force overwrites it');
}
