/** Reads lines of log files of any size, compressed or not. `-` is standard input. */
import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { RegsweepError } from '../../util/errors.js';

const LONGEST = 1 << 20;

/** @throws RegsweepError `failed` if the file can't be read to its end */
export async function* logLines(
  file: string,
  onBytes: (bytes: number) => void,
): AsyncGenerator<string> {
  try {
    yield* linesOf(unpacked(file === '-' ? process.stdin : createReadStream(file), onBytes));
  } catch (cause) {
    throw new RegsweepError('failed', `${file}: ${(cause as Error).message}`, {
      path: file,
      cause,
      remedy: 'give a log file that can be read to its end; nothing was recorded',
    });
  }
}

/** gzip is detected by its first bytes. */
async function* unpacked(
  stream: Readable,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let first: Buffer | undefined;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    first = Buffer.concat([first ?? Buffer.alloc(0), chunk]);
    if (first.length >= 2) break;
  }
  if (first === undefined) return;
  stream.unshift(first);
  stream.on('data', (chunk: Buffer) => onBytes(chunk.length)).pause();
  const isPacked = first[0] === 0x1f && first[1] === 0x8b;
  yield* isPacked ? pipeline(stream, createGunzip(), () => undefined) : stream;
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let tooLong = false;
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      if (!tooLong) yield part;
      tooLong = false;
    }
    if (rest.length > LONGEST) {
      rest = '';
      tooLong = true;
    }
  }
  if (rest !== '' && !tooLong) yield rest;
}
