/**
 * Checks the hash chain of the audit log: each line has the hash of the one before, over all files.
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { fsPath } from '../../storage/names.js';
import type { Anchor } from './audit-anchor.js';

const { O_NOFOLLOW, O_NONBLOCK } = fs.constants;

export interface AuditVerdict {
  readonly ok: boolean;
  readonly lines: number;
  /**
   * Number (from 1, in its file) of the first line that doesn't have the hash of the one before.
   */
  readonly brokenAt?: number;
  /** The file of that line. */
  readonly path?: string;
  /**
   * The anchor's number of lines, if the log has fewer or others; `damaged` if it can't be read.
   */
  readonly anchored?: number | 'damaged';
  /** Number of lines that a crash left incomplete. */
  readonly torn: number;
}

export const NO_LINE = '0'.repeat(64);

export const hashOf = (line: string | Buffer): string => hash('sha256', line);

/** Checks the chain over several files. */
export class ChainCheck {
  lines = 0;
  torn = 0;
  #expected = NO_LINE;
  #isFirst = true;
  #isAnchored: boolean;
  /** Number of lines in the current file. */
  #linesInFile = 0;
  /** The last line was incomplete or no JSON: the next one must record that. */
  #isSuspect = false;

  constructor(private readonly anchor: Anchor | undefined) {
    this.#isAnchored = anchor === undefined;
  }

  /** Checks one file. @returns a verdict if the chain is broken */
  file(path: string): AuditVerdict | undefined {
    this.#linesInFile = 0;
    for (const { bytes, whole } of linesOf(path)) {
      const broken = this.#line(path, bytes, whole);
      if (broken !== undefined) return broken;
    }
    return undefined;
  }

  #line(path: string, bytes: Buffer, whole: boolean): AuditVerdict | undefined {
    this.lines += 1;
    this.#linesInFile += 1;
    const record = whole ? parseLine(bytes) : undefined;
    if (this.#isSuspect && record?.event !== 'torn-line') {
      return this.#broken(path, this.#linesInFile - 1);
    }
    this.#isSuspect = record === undefined;
    const isBegin = this.#isFirst && record?.event === 'rotated';
    if (record === undefined) this.torn += 1;
    else if (!isBegin && record.prev !== this.#expected) {
      return this.#broken(path, this.#linesInFile);
    }
    if (!whole) this.#isSuspect = false;
    this.#isFirst = false;
    this.#expected = hashOf(bytes);
    const { anchor } = this;
    if (anchor?.lines === this.#linesInFile && anchor.last === this.#expected) {
      this.#isAnchored = true;
    }
    return undefined;
  }

  /** The verdict after the last file, which `path` names. */
  end(path: string): AuditVerdict {
    const { anchor, lines, torn } = this;
    if (!this.#isAnchored && anchor !== undefined) {
      const brokenAt = Math.min(this.#linesInFile + 1, anchor.lines);
      return { ok: false, lines: this.lines, brokenAt, torn: this.torn, anchored: anchor.lines };
    }
    if (this.#isSuspect) return this.#broken(path, this.#linesInFile);
    return { ok: true, lines, torn };
  }

  #broken(path: string, brokenAt: number): AuditVerdict {
    return { ok: false, lines: this.lines, brokenAt, torn: this.torn, path };
  }
}

const SUFFIX = '.jsonl';

/** Paths of the rotated files of the log, the oldest first. */
export function rotatedFiles(path: string): string[] {
  const folder = dirname(path);
  if (!fs.existsSync(fsPath(folder))) return [];
  const prefix = `${basename(path, SUFFIX)}-`;
  return fs
    .readdirSync(fsPath(folder))
    .filter(
      (name) => name.startsWith(prefix) && /^\d{8}T\d{9}Z\.jsonl$/.test(name.slice(prefix.length)),
    )
    .sort()
    .map((name) => `${folder}/${name}`);
}

export function parseLine(bytes: Buffer): { prev?: unknown; event?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function* linesOf(path: string): Generator<{ bytes: Buffer; whole: boolean }> {
  if (!fs.existsSync(fsPath(path))) return;
  const fd = fs.openSync(fsPath(path), fs.constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(1 << 20);
      const got = fs.readSync(fd, chunk, 0, chunk.length, null);
      if (got === 0) break;
      const bytes = Buffer.concat([rest, chunk.subarray(0, got)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        yield { bytes: bytes.subarray(start, end), whole: true };
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
    if (rest.length > 0) yield { bytes: rest, whole: false };
  } finally {
    fs.closeSync(fd);
  }
}
