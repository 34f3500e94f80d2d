/**
 * What each run found and did, a line each: `<state>/history.jsonl`, only ever appended to. A
 * line that a crash cut short is skipped and counted.
 */
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { errnoOf } from '../util/errors.js';
import type { HistoryLine } from './schema.js';

export type { HistoryLine };

/** More repositories than these, the largest, are not written down one by one. */
export const REPOSITORIES_KEPT = 500;

export const historyFile = (stateBase: string): string => `${stateBase}/history.jsonl`;

/** Appends in one write. @throws whatever the system says */
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
 * Reads one line after the other; there may be years of them.
 * @returns how many lines could not be understood
 * @throws whatever the system says, save where there is no file
 */
export async function readHistory(
  path: string,
  take: (line: HistoryLine) => void,
): Promise<{ damagedLines: number }> {
  let damagedLines = 0;
  // Only few commands read: the others need not wait for the library to load.
  const { schema } = await import('./schema.js');
  try {
    const file = await fs.promises.open(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
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
    return undefined; // counted by the caller, and told
  }
}
