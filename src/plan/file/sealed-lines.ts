/**
 * NDJSON with a header, one row a line, and a trailer with the totals and the hash of all lines.
 */

import { RegsweepError } from '../../util/errors.js';
import type { NewHash } from '../../util/hash.js';

/** @returns the lines, without newlines */
export function* sealedLines(
  header: object,
  rows: Iterable<object>,
  totals: object,
  newHash: NewHash,
): Generator<string> {
  const hash = newHash();
  const hashed = (value: object): string => {
    const line = JSON.stringify(value);
    hash.update(`${line}\n`);
    return line;
  };
  yield hashed(header);
  for (const row of rows) yield hashed(row);
  hashed({ totals });
  yield JSON.stringify({ totals, sha256: hex(hash.digest()) });
}

export interface Sealed {
  readonly header: Readonly<Record<string, unknown>>;
  readonly totals: object;
  /** SHA-256 in hex of the whole content. */
  readonly sha256: string;
}

/** Called for each row. @throws RegsweepError for an invalid row */
export type OnRow = (row: object, header: Sealed['header']) => void;

/**
 * @param lines the lines of the file, without newlines
 * @param path for messages only
 * @throws RegsweepError `plan-refused` if the file was truncated or changed, or is no plan; errors
 *   of `onRow`
 */
export async function readSealed(
  lines: AsyncIterable<string> | Iterable<string>,
  path: string,
  newHash: NewHash,
  onRow: OnRow,
): Promise<Sealed> {
  const hash = newHash();
  let header: Sealed['header'] | undefined;
  let previous: string | undefined;
  for await (const line of lines) {
    if (previous !== undefined) {
      hash.update(`${previous}\n`);
      if (header === undefined) header = headerOf(previous, path);
      else onRow(parse(previous, path), header);
    }
    previous = line;
  }
  if (header === undefined || previous === undefined) throw untrusted(path, 'it is truncated');
  const { sha256, totals } = parse(previous, path) as { sha256?: unknown; totals?: unknown };
  if (typeof sha256 !== 'string' || typeof totals !== 'object' || totals === null) {
    throw untrusted(path, 'its last line is missing');
  }
  hash.update(`${JSON.stringify({ totals })}\n`);
  if (hex(hash.digest()) !== sha256) throw untrusted(path, 'it was changed after it was written');
  return { header, totals, sha256 };
}

function headerOf(line: string, path: string): Sealed['header'] {
  const header = parse(line, path) as Sealed['header'];
  if (header.schemaVersion === 1 && header.storage instanceof Object) return header;
  throw untrusted(path, 'its first line is not the header of a plan of this version');
}

function parse(line: string, path: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Not JSON: the error below names the file.
  }
  throw untrusted(path, 'one of its lines is not a JSON object');
}

/** The error `plan-refused` for a file that is no valid plan. @param why completes the message */
export function untrusted(path: string, why: string): RegsweepError {
  return new RegsweepError('plan-refused', `${path} is not a valid plan: ${why}`, {
    path,
    remedy: 'make a new one:\nregsweep plan -o FILE',
  });
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
