/**
 * Atomic writes of files outside the storage tree. Readers see the old file or the complete new
 * file. `writeChunks` is for results of any length; `writeText` is for short files.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, messageOf, RegsweepError, usageError } from '../errors.js';
import { shellWord } from '../shell-quote.js';

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
    // The first error is the one that matters.
    await unlink(temporary).catch(() => undefined);
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
  const folder = dirname(path);
  const [why, remedy] = REASONS[errnoOf(error) ?? '']?.(folder) ?? [messageOf(error)];
  return new RegsweepError('failed', `${path} could not be written: ${why}`, {
    path,
    ...(remedy === undefined ? {} : { remedy }),
    cause: error,
  });
}

/** The message of the system names the temporary file. */
const REASONS: Readonly<Record<string, (folder: string) => [why: string, remedy?: string]>> = {
  ENOENT: (folder) => [`there is no folder ${folder}`, `mkdir -p ${shellWord(folder)}`],
  ENOTDIR: (folder) => [`${folder} is not a folder`],
  EACCES: (folder) => [`permission denied in ${folder}`, 'give a file in a folder of your own'],
  EROFS: (folder) => [`${folder} is on a read-only filesystem`],
  ENOSPC: (folder) => [`no space left in ${folder}`],
};

/** As a file name, it means standard output. */
export const STDOUT = '-';

/** @throws RegsweepError `usage` if the file exists and `force` is false */
export function refuseExisting(path: string, force: boolean): void {
  if (force || path === STDOUT || !existsSync(path)) return;
  throw usageError(`${path} already exists`, 'use --force to overwrite it');
}
