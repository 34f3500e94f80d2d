/**
 * A scanner for plain JSON: ASCII, no escapes, only whole numbers. It decodes nothing. At anything
 * else the methods return false, and the caller gives up.
 */

const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN = 0x7b;
export const CLOSE = 0x7d;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;

export class JsonBytes {
  protected bytes: Buffer = Buffer.alloc(0);
  protected at = 0;
  /** The range of the string that was read last, without its quotes. */
  protected from = 0;
  protected to = 0;

  protected begin(bytes: Buffer): void {
    this.bytes = bytes;
    this.at = 0;
  }

  /**
   * Skips white space and consumes the next byte.
   * @returns that byte, or -1 at the end
   */
  protected next(): number {
    const bytes = this.bytes;
    while (this.at < bytes.length) {
      const code = bytes[this.at++]!;
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
    }
    return -1;
  }

  /**
   * Reads a string of plain characters.
   * @param first the consumed byte before it, which must be a quote
   */
  protected string(first: number): boolean {
    if (first !== QUOTE) return false;
    const bytes = this.bytes;
    let at = this.at;
    this.from = at;
    for (; at < bytes.length; at++) {
      const code = bytes[at]!;
      if (code === QUOTE) {
        this.to = at;
        this.at = at + 1;
        return true;
      }
      if (code < 0x20 || code > 0x7e || code === 0x5c) return false;
    }
    return false;
  }

  /**
   * Reads a whole number without a sign.
   * @param first its first digit, consumed already
   */
  protected number(first: number): boolean {
    if (first < 0x30 || first > 0x39) return false;
    const bytes = this.bytes;
    const from = this.at;
    let code = bytes[this.at];
    while (code !== undefined && code >= 0x30 && code <= 0x39) code = bytes[++this.at];
    if (first === 0x30 && this.at > from) return false;
    return code !== 0x2e && code !== 0x65 && code !== 0x45;
  }

  /** Skips a value that contains no references. */
  protected skip(depth: number): boolean {
    const code = this.next();
    if (code === QUOTE) return this.string(code);
    if (code >= 0x30 && code <= 0x39) return this.number(code);
    if (depth === 0 || (code !== OPEN && code !== OPEN_LIST)) return false;
    const close = code === OPEN ? CLOSE : CLOSE_LIST;
    const before = this.at;
    if (this.next() === close) return true;
    this.at = before;
    for (;;) {
      if (code === OPEN && !(this.string(this.next()) && this.next() === COLON)) return false;
      if (!this.skip(depth - 1)) return false;
      const end = this.next();
      if (end === close) return true;
      if (end !== COMMA) return false;
    }
  }
}

/** Compares two ranges of bytes. */
export function isEqual(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  for (let i = aFrom, k = bFrom; i < aTo; i++, k++) if (a[i] !== b[k]) return false;
  return true;
}
