/**
 * Atomic writes of files outside the storage tree. Readers see the old file or the complete new
 * file. `writeChunks` is for results of any length; `writeText` is for short files.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, RegsweepError, usageError } from '../errors.js';

/**
 * Writes a file under a temporary name beside `path`, syncs it and renames it to `path`.
 * @param force overwrite an existing file
 * @throws RegsweepError `usage` if the file exists and `force` is false; `failed` on I/O errors
 */
export async function writeChunks(
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

/** As a file name, it means standard output. */
export const STDOUT = '-';

/** @throws RegsweepError `usage` if the file exists and `force` is false */
export function refuseExisting(path: string, force: boolean): void {
  if (force || path === STDOUT || !existsSync(path)) return;
  throw usageError(`${path} already exists`, 'use --force to overwrite it');
}
