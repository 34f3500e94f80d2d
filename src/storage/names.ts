/**
 * File names are bytes. In memory they are strings in which each byte that is not valid UTF-8 is a
 * lone surrogate U+DC80..U+DCFF (Python's "surrogateescape"). So every name can be shown, and
 * passed back to the kernel unchanged.
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns whether a name or path contains bytes that are not valid UTF-8 */
export function hasRawBytes(name: string): boolean {
  return !(name as unknown as { isWellFormed(): boolean }).isWellFormed();
}

/** Decodes a name or path from the disk. */
export function nameFromBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

function decodeEscaped(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length > 0) {
      out += utf8.decode(bytes.subarray(i, i + length));
      i += length;
    } else {
      out += String.fromCharCode(0xdc00 + bytes[i]!);
      i += 1;
    }
  }
  return out;
}

/** @returns the length of the valid UTF-8 sequence at `i`, or 0 */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]!;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (length === 0 || i + length > bytes.length) return 0;
  try {
    utf8.decode(bytes.subarray(i, i + length));
    return length;
  } catch {
    return 0;
  }
}

/** Encodes a name or path for the disk: the inverse of `nameFromBytes`. */
export function nameToBytes(name: string): Buffer {
  if (!hasRawBytes(name)) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const char of name) {
    const code = char.charCodeAt(0);
    const raw = char.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    parts.push(raw ? Buffer.from([code - 0xdc00]) : Buffer.from(char, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** @returns the argument for `fs`: the string, or bytes if it is not valid UTF-8 */
export function fsPath(path: string): string | Buffer {
  return hasRawBytes(path) ? nameToBytes(path) : path;
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\udc80-\udcff]/g;

/** Escapes control characters, direction marks and raw bytes, for terminals and log lines. */
export function printable(name: string): string {
  return name.replace(CONTROL, (char, offset: number, whole: string) => {
    const code = char.charCodeAt(0);
    if (code >= 0xdc80 && code <= 0xdcff) {
      const before = whole.charCodeAt(offset - 1);
      if (before >= 0xd800 && before <= 0xdbff) return char;
      return `\\x${(code - 0xdc00).toString(16)}`;
    }
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}
