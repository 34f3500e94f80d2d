/** Where results go: stdout, with its back pressure. */
import { once } from 'node:events';
import { fstatSync, writeSync } from 'node:fs';
import { errnoOf } from '../../util/errors.js';

/** The reader of our stdout has gone (`regsweep … | head`): no error, there is nothing to say. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/**
 * Writes the chunks one after the other, waiting while the reader is slow.
 * @throws ReaderGone when the pipe breaks
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

/** The same text in fewer, longer pieces: a call to the system for each line is slow. */
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

/** Node's stream for a file drops what a short write leaves, as on a disk that gets full. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function isFile(stream: NodeJS.WritableStream): stream is NodeJS.WritableStream & { fd: number } {
  return 'fd' in stream && typeof stream.fd === 'number' && fstatSync(stream.fd).isFile();
}
