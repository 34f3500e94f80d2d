/** Writes results to stdout, with back pressure. */
import { once } from 'node:events';
import { fstatSync, writeSync } from 'node:fs';
import { errnoOf } from '../../util/errors.js';

/** The reader has closed the pipe (`regsweep … | head`). This is not reported as an error. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/**
 * Writes the chunks one after the other, and waits while the reader is slow.
 * @throws ReaderGone if the pipe is closed
 */
export async function writeTo(
  stream: NodeJS.WritableStream,
  chunks: Iterable<string>,
): Promise<void> {
  if (isFile(stream)) {
    for (const text of joined(chunks)) writeAll(stream.fd, text);
    return;
  }
  let broken: unknown;
  const onError = (error: unknown): void => {
    broken = error;
  };
  stream.on('error', onError);
  const check = (): void => {
    if (broken !== undefined) throw errnoOf(broken) === 'EPIPE' ? new ReaderGone() : broken;
  };
  try {
    for (const chunk of chunks) {
      if (!stream.write(chunk)) await once(stream, 'drain').catch(onError);
      check();
    }
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
    check();
  } finally {
    stream.off('error', onError);
  }
}

const BATCH = 1 << 16;

/** Joins chunks into longer ones, since a system call for each line is slow. */
function* joined(chunks: Iterable<string>): Generator<string> {
  let text = '';
  for (const chunk of chunks) {
    text += chunk;
    if (text.length < BATCH) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/**
 * Writes to a file completely. Node's stream drops the rest of a short write, as on a full disk.
 */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function isFile(stream: NodeJS.WritableStream): stream is NodeJS.WritableStream & { fd: number } {
  return 'fd' in stream && typeof stream.fd === 'number' && fstatSync(stream.fd).isFile();
}
