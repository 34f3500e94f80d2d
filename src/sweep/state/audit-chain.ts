/** The chain of the audit log: each line has the hash of the line before, over all its files. */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { fsPath } from '../../storage/names.js';
import type { Anchor } from './audit-anchor.js';

const { O_NOFOLLOW, O_NONBLOCK } = fs.constants;

export interface AuditVerdict {
  readonly ok: boolean;
  readonly lines: number;
  /** Number of the first line (from 1, in its file) that doesn't follow from the one before. */
  readonly brokenAt?: number;
  /** The file of that line. */
  readonly path?: string;
  /** The anchor tells of more, or of another line there; `damaged` where it can't be read. */
  readonly anchored?: number | 'damaged';
  /** Lines that a crash cut short; a later run noted them, or the last one still lies so. */
  readonly torn: number;
}

export const NO_LINE = '0'.repeat(64);

export const hashOf = (line: string | Buffer): string => hash('sha256', line);

/** Follows the chain over several files. */
export class ChainCheck {
  lines = 0;
  torn = 0;
  #expected: string | undefined = NO_LINE;
  #isFirst = true;
  #isAnchored: boolean;
  /** Of the file looked at last. */
  #own = 0;
  #isSuspect = false;

  constructor(private readonly anchor: Anchor | undefined) {
    this.#isAnchored = anchor === undefined;
  }

  /** @returns a verdict where the chain breaks */
  file(path: string): AuditVerdict | undefined {
    this.#own = 0;
    for (const { bytes, whole } of linesOf(path)) {
      const broken = this.#line(path, bytes, whole);
      if (broken !== undefined) return broken;
    }
    return undefined;
  }

  #line(path: string, bytes: Buffer, whole: boolean): AuditVerdict | undefined {
    this.lines += 1;
    this.#own += 1;
    const record = whole ? parseLine(bytes) : undefined;
    if (this.#isSuspect && record?.event !== 'torn-line') return this.#broken(path, this.#own - 1);
    this.#isSuspect = record === undefined;
    const follows = this.#isFirst && record?.event === 'rotated' ? record.prev : this.#expected;
    if (record === undefined) this.torn += 1;
    else if (record.prev !== follows) return this.#broken(path, this.#own);
    if (!whole) this.#isSuspect = false;
    this.#isFirst = false;
    this.#expected = hashOf(bytes);
    const { anchor } = this;
    if (anchor?.lines === this.#own && anchor.last === this.#expected) this.#isAnchored = true;
    return undefined;
  }

  end(path: string): AuditVerdict {
    const { anchor, lines, torn } = this;
    if (!this.#isAnchored && anchor !== undefined) {
      const brokenAt = Math.min(this.#own + 1, anchor.lines);
      return { ok: false, lines: this.lines, brokenAt, torn: this.torn, anchored: anchor.lines };
    }
    if (this.#isSuspect) return this.#broken(path, this.#own);
    return { ok: true, lines, torn };
  }

  #broken(path: string, brokenAt: number): AuditVerdict {
    return { ok: false, lines: this.lines, brokenAt, torn: this.torn, path };
  }
}

const SUFFIX = '.jsonl';

/** Earlier files of the log, the oldest first. */
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
