/**
 * The history file `<state>/history.jsonl`: one line per run with its findings and results. It is
 * only appended to. A line that a crash cut off is skipped and counted.
 */
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { errnoOf } from '../util/errors.js';
import type { HistoryLine } from './schema.js';

export type { HistoryLine };

/** Maximum number of repositories in a record; the largest are listed. */
export const REPOSITORIES_KEPT = 500;

export const historyFile = (stateBase: string): string => `${stateBase}/history.jsonl`;

/**
 * Appends a line in one write.
 * @throws system errors
 */
export function appendHistory(path: string, line: HistoryLine): void {
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  try {
    const { size } = fs.fstatSync(fd);
    const last = Buffer.alloc(1);
    const torn = size > 0 && fs.readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10;
    fs.writeSync(fd, `${torn ? '\n' : ''}${JSON.stringify(line)}\n`);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Reads the lines one after another, because there may be many.
 * @returns the number of lines that are invalid
 * @throws system errors, except that a missing file counts as empty
 */
export async function readHistory(
  path: string,
  take: (line: HistoryLine) => void,
): Promise<{ damagedLines: number }> {
  let damagedLines = 0;
  // Loads the schema library only here, because few commands read the history.
  const { schema } = await import('./schema.js');
  try {
    // Without O_NONBLOCK, opening a pipe waits for a writer.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
    const file = await fs.promises.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    for await (const text of createInterface({ input: file.createReadStream() })) {
      const line = parsed(schema, text);
      if (line === undefined) damagedLines += 1;
      else take(line);
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  return { damagedLines };
}

function parsed(
  schema: { parse(value: unknown): HistoryLine },
  text: string,
): HistoryLine | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined; // counted and reported by the caller
  }
}
