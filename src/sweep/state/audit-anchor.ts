/**
 * The anchor of the audit log: a separate file with the log's length at the end of the last
 * command. It reveals lines that were cut off the end, and a log that was deleted.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { fsPath } from '../../storage/names.js';
import { errnoOf } from '../../util/errors.js';
import { syncPath } from './state.js';

export interface Anchor {
  readonly v: 1;
  readonly lines: number;
  /** Length of those lines in bytes, with newlines. */
  readonly bytes: number;
  /** SHA-256 (hex) of the last line. */
  readonly last: string;
}

/** @returns undefined without an anchor, `damaged` for one that regsweep would not have written */
export function readAnchor(path: string): Anchor | 'damaged' | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    const fd = fs.openSync(fsPath(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return parse(fs.readFileSync(fd, 'utf8'));
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (errnoOf(error) === 'ELOOP' || errnoOf(error) === 'EISDIR') return 'damaged';
    throw error;
  }
}

function parse(text: string): Anchor | 'damaged' {
  try {
    const value = JSON.parse(text) as Anchor;
    const counts = [value.lines, value.bytes].every((n) => Number.isSafeInteger(n) && n > 0);
    const isValid = value.v === 1 && counts && /^[0-9a-f]{64}$/.test(value.last);
    return isValid ? value : 'damaged';
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return 'damaged';
    throw error;
  }
}

/** Replaces the anchor atomically. @throws system errors */
export function writeAnchor(path: string, anchor: Anchor): void {
  const folder = dirname(path);
  fs.mkdirSync(fsPath(folder), { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants;
  const next = `${path}.next`;
  const fd = fs.openSync(fsPath(next), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    fs.writeSync(fd, `${JSON.stringify(anchor)}\n`);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(fsPath(next), fsPath(path));
  syncPath(folder);
}
