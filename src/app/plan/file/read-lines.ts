import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { RegsweepError } from '../../../util/errors.js';

type Lines = AsyncIterable<string>;

/** @throws RegsweepError `usage` where the file can't be read; what `read` throws */
export async function readLines<T>(
  path: string,
  option: string,
  read: (lines: Lines) => Promise<T>,
): Promise<T> {
  const input = createReadStream(path, 'utf8');
  const failed = new Promise<never>((_, reject) => {
    input.once('error', (cause) =>
      reject(
        new RegsweepError('usage', `${option}: ${cause.message}`, {
          path,
          cause,
          remedy: 'name a file that regsweep plan -o FILE wrote',
        }),
      ),
    );
  });
  const opened = new Promise<void>((resolve) => input.once('open', () => resolve()));
  await Promise.race([opened, failed]);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    return await Promise.race([read(lines), failed]);
  } finally {
    lines.close();
    input.destroy();
  }
}
