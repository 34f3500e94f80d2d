/**
 * The audit log: append-only JSONL. Each line has the SHA-256 of the line before it, which reveals
 * a line that was changed, removed or inserted. The anchor reveals a cut at the end.
 */
import fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { fsPath } from '../../storage/names.js';
import { isNoSpace, messageOf, RegsweepError } from '../../util/errors.js';
import { type Anchor, readAnchor, writeAnchor } from './audit-anchor.js';
import {
  type AuditVerdict,
  ChainCheck,
  hashOf,
  NO_LINE,
  parseLine,
  rotatedFiles,
} from './audit-chain.js';
import { syncPath } from './state.js';

export type { AuditVerdict };

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON with control characters and direction marks escaped. */
function encode(record: object): string {
  return JSON.stringify(record).replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** An audit log, opened at the first `append`. */
export class AuditLog {
  #fd: number | undefined;
  #last = NO_LINE;

  /** The anchor at the opening of the log; undefined if the log contradicts it. */
  #anchored: Pick<Anchor, 'lines' | 'bytes'> | undefined;

  /** @param anchorPath the anchor's file; without it, a cut at the end is not detected */
  constructor(
    readonly path: string,
    private readonly anchorPath?: string,
    /** Called on a full disk to free space, before one more try. */
    private readonly onFull?: () => void,
    /** Counts lines that don't fit on a full disk instead of failing, for purge and restore. */
    private readonly mayLack = false,
  ) {}

  /** Number of lines that could not be written on a full disk. */
  lacking = 0;

  /**
   * Writes one line a record, with `prev` added, and `at` (RFC 3339) to the first: the others belong
   * to it. The lines are on the disk on return.
   * @throws RegsweepError `failed` if they can't be written
   */
  append(...records: readonly Readonly<Record<string, unknown>>[]): void {
    try {
      this.#append(records);
    } catch (error) {
      if (!this.mayLack || !isNoSpace(error)) throw error;
      this.lacking += records.length;
    }
  }

  #append(records: readonly Readonly<Record<string, unknown>>[]): void {
    const fd = this.#open();
    const size = fs.fstatSync(fd).size;
    const at = new Date().toISOString();
    const lines: string[] = [];
    let last = this.#last;
    for (const record of records) {
      const time = lines.length === 0 ? { at } : {};
      const line = encode({ prev: last, ...time, ...record });
      lines.push(line);
      last = hashOf(line);
    }
    this.#write(fd, lines, size);
    this.#last = last;
  }

  /**
   * Writes the log's length to the anchor. Keeps an anchor that the log contradicts, so that a
   * later `verify` still detects the cut.
   * @throws system errors
   */
  anchor(): void {
    const before = this.#anchored;
    if (this.anchorPath === undefined || this.#fd === undefined || before === undefined) return;
    const bytes = fs.fstatSync(this.#fd).size;
    const lines = before.lines + countLines(this.#fd, before.bytes, bytes);
    if (lines === 0) return;
    this.#anchored = { lines, bytes };
    writeAnchor(this.anchorPath, { v: 1, lines, bytes, last: this.#last });
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }

  #write(fd: number, lines: readonly string[], size: number): void {
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    const write = (): void => {
      for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done);
      fs.fsyncSync(fd);
    };
    try {
      try {
        write();
      } catch (error) {
        if (!isNoSpace(error) || this.onFull === undefined) throw error;
        fs.ftruncateSync(fd, size);
        this.onFull();
        write();
      }
    } catch (cause) {
      fs.ftruncateSync(fd, size);
      throw new RegsweepError('failed', `the audit log can't be written: ${messageOf(cause)}`, {
        path: this.path,
        cause,
        remedy: 'free some space, or give another folder with --state-dir',
      });
    }
  }

  /**
   * Opens the log and finds its last line. Ends and records an incomplete line, never removes it.
   */
  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    const flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    const fd = fs.openSync(fsPath(this.path), flags, 0o600);
    if (!fs.fstatSync(fd).isFile()) {
      fs.closeSync(fd);
      throw new RegsweepError('failed', 'the audit log is not a regular file', { path: this.path });
    }
    this.#fd = fd;
    const before = fs.fstatSync(fd).size === 0 ? rotatedFiles(this.path).at(-1) : undefined;
    if (before !== undefined) return this.#follow(fd, before);
    this.#anchored = this.#anchorOf(fd);
    const { line, torn } = lastLine(fd);
    if (line !== undefined) this.#last = hashOf(line);
    if (torn) fs.writeSync(fd, '\n');
    if (torn || (line !== undefined && parseLine(line) === undefined)) {
      this.append({ event: 'torn-line' });
    }
    return fd;
  }

  /** Begins a new file with the hash of the last line of the one before, and names that file. */
  #follow(fd: number, before: string): number {
    const old = fs.openSync(fsPath(before), fs.constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const { line } = lastLine(old);
      if (line !== undefined) this.#last = hashOf(line);
      this.#anchored = this.#anchorOf(old) === undefined ? undefined : { lines: 0, bytes: 0 };
    } finally {
      fs.closeSync(old);
    }
    this.append({ event: 'rotated', from: basename(before) });
    return fd;
  }

  /**
   * Renames the log and starts a new file. After a kill in between, the next opening of the log
   * starts the new file.
   * @returns the path of the renamed file
   * @throws RegsweepError `failed` if that path exists
   */
  rotate(): string {
    this.#open();
    const stamp = new Date().toISOString().replace(/[-:.]/g, '');
    const target = `${this.path.slice(0, -'.jsonl'.length)}-${stamp}.jsonl`;
    if (fs.lstatSync(fsPath(target), { throwIfNoEntry: false }) !== undefined) {
      throw new RegsweepError('failed', 'a rotated log with the same time already exists', {
        path: target,
      });
    }
    this.anchor();
    fs.renameSync(fsPath(this.path), fsPath(target));
    this.close();
    this.#open();
    syncPath(dirname(this.path));
    this.anchor();
    return target;
  }

  /** @returns the anchor, if the file still has the anchored line in its place */
  #anchorOf(fd: number): Pick<Anchor, 'lines' | 'bytes'> | undefined {
    const anchor = this.#readAnchor();
    if (anchor === undefined) return { lines: 0, bytes: 0 };
    if (anchor === 'damaged' || fs.fstatSync(fd).size < anchor.bytes) return undefined;
    const { line, torn } = lastLine(fd, anchor.bytes);
    return !torn && line !== undefined && hashOf(line) === anchor.last ? anchor : undefined;
  }

  #readAnchor(): Anchor | 'damaged' | undefined {
    return this.anchorPath === undefined ? undefined : readAnchor(this.anchorPath);
  }

  /**
   * Checks the whole log, the rotated files first. If the oldest files were archived elsewhere, the
   * chain begins with the hash that the first file here names. A missing log without an anchor is
   * valid and has no lines.
   */
  verify(): AuditVerdict {
    const anchor = this.#readAnchor();
    const check = new ChainCheck(anchor === 'damaged' ? undefined : anchor);
    for (const path of [...rotatedFiles(this.path), this.path]) {
      const verdict = check.file(path);
      if (verdict !== undefined) return verdict;
    }
    const { lines, torn } = check;
    if (anchor === 'damaged') return { ok: false, lines, torn, anchored: anchor };
    return check.end(this.path);
  }
}

function countLines(fd: number, from: number, to: number): number {
  const chunk = Buffer.allocUnsafe(1 << 20);
  let lines = 0;
  for (let at = from; at < to; ) {
    const got = fs.readSync(fd, chunk, 0, Math.min(chunk.length, to - at), at);
    if (got === 0) break;
    for (let end = chunk.indexOf(10); end >= 0 && end < got; end = chunk.indexOf(10, end + 1)) {
      lines += 1;
    }
    at += got;
  }
  return lines;
}

function lastLine(fd: number, size = fs.fstatSync(fd).size): { line?: Buffer; torn: boolean } {
  if (size === 0) return { torn: false };
  for (let length = 1 << 16; ; length *= 4) {
    const from = Math.max(0, size - length);
    const bytes = Buffer.allocUnsafe(size - from);
    const got = fs.readSync(fd, bytes, 0, bytes.length, from);
    const torn = bytes[got - 1] !== 10;
    const end = torn ? got : got - 1;
    const start = bytes.lastIndexOf(10, end - 1) + 1;
    if (start > 0 || from === 0) return { line: Buffer.from(bytes.subarray(start, end)), torn };
  }
}
