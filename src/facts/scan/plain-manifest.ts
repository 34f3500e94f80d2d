/**
 * Reads the manifests that tools write, straight from their bytes: an object of well-known fields,
 * each at most once and spelled as specified, with sha256 digests. That is nearly every manifest,
 * in a third of the time. Whatever else stands in one, or is no JSON, is left to the general
 * reader (`references.ts`); where this one answers, both say the same.
 */
import type { ManifestKind } from '../manifests.js';
import { PACKED } from '../packed.js';

/** One flag byte and a sha256 digest: a cell of packed digests. */
const CELL = 33;
/** More references than this are the general reader's, which finds duplicates faster. */
const MOST = 128;
const DEPTH = 8;

const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Value of a lowercase hexadecimal digit by its code, or 255. */
const HEX = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) HEX[value.toString(16).charCodeAt(0)] = value;

/** It isn't plain. */
const NOT_PLAIN = -1;

export interface PlainManifest {
  readonly kind: ManifestKind;
  /** References and subjects. */
  readonly count: number;
  /** Packed; good until the next call. */
  readonly cells: Uint8Array;
}

const FIELD = {
  schemaVersion: 1,
  mediaType: 2,
  artifactType: 4,
  annotations: 8,
  config: 16,
  layers: 32,
  manifests: 64,
  blobs: 128,
  subject: 256,
  size: 512,
  digest: 1024,
  platform: 2048,
} as const;

/** Names of fields as bytes, with their bits, by length. */
const NAMES: { readonly name: Buffer; readonly bit: number }[][] = [];
for (const [name, bit] of Object.entries(FIELD)) {
  NAMES[name.length] = [...(NAMES[name.length] ?? []), { name: Buffer.from(name), bit }];
}

/** Media types that a manifest may have, as the general reader tells them. */
const MANIFEST_TYPE = /manifest|index/i;

export class PlainReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  readonly #cells = new Uint8Array(MOST * CELL);
  #count = 0;
  /** Of the string that was read last. */
  #from = 0;
  #to = 0;
  /** The media type that was looked at last: layers of a manifest mostly have the same. */
  #typeFrom = 0;
  #typeTo = 0;
  #typeClaims = false;

  /** @returns undefined where it isn't plain */
  read(bytes: Buffer): PlainManifest | undefined {
    this.#bytes = bytes;
    this.#at = 0;
    this.#count = 0;
    this.#typeFrom = 0;
    this.#typeTo = 0;
    this.#typeClaims = false;
    const seen = this.#manifest();
    const kind = seen === NOT_PLAIN || this.#next() !== -1 ? undefined : kindOf(seen);
    if (kind === undefined) return undefined;
    const cells = this.#cells.subarray(0, this.#count * CELL);
    return { kind, count: this.#count, cells };
  }

  #manifest(): number {
    if (this.#next() !== OPEN) return NOT_PLAIN;
    let seen = 0;
    for (;;) {
      const field = this.#key(seen);
      if (field <= 0) return NOT_PLAIN;
      seen |= field;
      if (!this.#field(field)) return NOT_PLAIN;
      const code = this.#next();
      if (code === CLOSE) return seen;
      if (code !== 0x2c) return NOT_PLAIN;
    }
  }

  #field(field: number): boolean {
    switch (field) {
      case FIELD.schemaVersion:
        return this.#number(this.#next());
      case FIELD.mediaType:
      case FIELD.artifactType:
        return this.#string(this.#next());
      case FIELD.annotations:
        return this.#skip(DEPTH);
      case FIELD.config:
        return this.#next() === OPEN && this.#descriptor(0);
      case FIELD.subject:
        return this.#next() === OPEN && this.#descriptor(PACKED.subject);
      case FIELD.layers:
      case FIELD.blobs:
        return this.#descriptors(0);
      case FIELD.manifests:
        return this.#descriptors(PACKED.descend);
      default:
        return false;
    }
  }

  #descriptors(flags: number): boolean {
    if (this.#next() !== 0x5b) return false;
    let code = this.#next();
    if (code === 0x5d) return true;
    for (;;) {
      if (code !== OPEN || !this.#descriptor(flags)) return false;
      code = this.#next();
      if (code === 0x5d) return true;
      if (code !== 0x2c) return false;
      code = this.#next();
    }
  }

  /** After its opening brace. */
  #descriptor(flags: number): boolean {
    let seen = 0;
    let digestAt = 0;
    let claims = true;
    for (;;) {
      const field = this.#key(seen);
      if (field <= 0) return false;
      seen |= field;
      if (field === FIELD.digest) {
        if (!this.#string(this.#next()) || this.#to - this.#from !== 71) return false;
        digestAt = this.#from;
      } else if (field === FIELD.mediaType) {
        if (!this.#string(this.#next())) return false;
        claims = this.#claimsManifest();
      } else if (field === FIELD.size) {
        if (!this.#number(this.#next())) return false;
      } else if (field === FIELD.annotations || field === FIELD.platform) {
        if (!this.#skip(DEPTH)) return false;
      } else if (field === FIELD.artifactType) {
        if (!this.#string(this.#next())) return false;
      } else return false;
      const code = this.#next();
      if (code === CLOSE) break;
      if (code !== 0x2c) return false;
    }
    if (digestAt === 0) return false;
    if (flags === 0 && claims) return this.#add(digestAt, PACKED.descend);
    return this.#add(digestAt, flags);
  }

  /** Whether the string that was read last is the type of a manifest. */
  #claimsManifest(): boolean {
    const bytes = this.#bytes;
    if (!isEqual(bytes, this.#from, this.#to, bytes, this.#typeFrom, this.#typeTo)) {
      this.#typeFrom = this.#from;
      this.#typeTo = this.#to;
      this.#typeClaims = MANIFEST_TYPE.test(bytes.toString('latin1', this.#from, this.#to));
    }
    return this.#typeClaims;
  }

  /** A digest, once: what is named again only adds to its flags. */
  #add(at: number, flags: number): boolean {
    const bytes = this.#bytes;
    const cells = this.#cells;
    const cell = this.#count * CELL;
    if (this.#count === MOST || !isSha256(bytes, at)) return false;
    for (let i = 0; i < CELL - 1; i++) {
      const high = HEX[bytes[at + 7 + 2 * i]!]!;
      const low = HEX[bytes[at + 8 + 2 * i]!]!;
      if ((high | low) > 15) return false;
      cells[cell + 1 + i] = (high << 4) | low;
    }
    cells[cell] = flags;
    for (let other = 0; other < cell; other += CELL) {
      if (!isSame(cells, other, cell)) continue;
      // A subject is no reference, and may be one beside.
      if (((cells[other]! ^ flags) & PACKED.subject) !== 0) continue;
      cells[other]! |= flags;
      return true;
    }
    this.#count += 1;
    return true;
  }

  /** The bit of the key that comes, with its colon; not above 0 where it isn't known, or came before. */
  #key(seen: number): number {
    if (!this.#string(this.#next())) return NOT_PLAIN;
    const field = fieldNamed(this.#bytes, this.#from, this.#to);
    return (seen & field) === 0 && this.#next() === 0x3a ? field : NOT_PLAIN;
  }

  /** The next byte that is no white space, which is passed; -1 at the end. */
  #next(): number {
    const bytes = this.#bytes;
    while (this.#at < bytes.length) {
      const code = bytes[this.#at++]!;
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
    }
    return -1;
  }

  /** The rest of a string of plain characters, after its first quote. */
  #string(first: number): boolean {
    if (first !== QUOTE) return false;
    const bytes = this.#bytes;
    let at = this.#at;
    this.#from = at;
    for (; at < bytes.length; at++) {
      const code = bytes[at]!;
      if (code === QUOTE) {
        this.#to = at;
        this.#at = at + 1;
        return true;
      }
      if (code < 0x20 || code > 0x7e || code === 0x5c) return false;
    }
    return false;
  }

  /** The rest of a whole number without a sign. */
  #number(first: number): boolean {
    if (first < 0x30 || first > 0x39) return false;
    const bytes = this.#bytes;
    const from = this.#at;
    let code = bytes[this.#at];
    while (code !== undefined && code >= 0x30 && code <= 0x39) code = bytes[++this.#at];
    if (first === 0x30 && this.#at > from) return false;
    return code !== 0x2e && code !== 0x65 && code !== 0x45;
  }

  /** A value in which nothing refers to anything. */
  #skip(depth: number): boolean {
    const code = this.#next();
    if (code === QUOTE) return this.#string(code);
    if (code >= 0x30 && code <= 0x39) return this.#number(code);
    if (depth === 0 || (code !== OPEN && code !== 0x5b)) return false;
    const close = code === OPEN ? CLOSE : 0x5d;
    const before = this.#at;
    if (this.#next() === close) return true;
    this.#at = before;
    for (;;) {
      if (code === OPEN && !(this.#string(this.#next()) && this.#next() === 0x3a)) return false;
      if (!this.#skip(depth - 1)) return false;
      const end = this.#next();
      if (end === close) return true;
      if (end !== 0x2c) return false;
    }
  }
}

function kindOf(seen: number): ManifestKind | undefined {
  if ((seen & FIELD.manifests) !== 0) return 'index';
  if ((seen & (FIELD.config | FIELD.layers)) !== 0) return 'image';
  return (seen & FIELD.blobs) !== 0 ? 'artifact' : undefined;
}

/** The bit of a known field, or 0. */
function fieldNamed(bytes: Buffer, from: number, to: number): number {
  for (const { name, bit } of NAMES[to - from] ?? []) {
    if (isEqual(bytes, from, to, name, 0, name.length)) return bit;
  }
  return 0;
}

function isEqual(
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

const SHA256 = Buffer.from('sha256:');
const isSha256 = (bytes: Buffer, at: number): boolean =>
  isEqual(bytes, at, at + SHA256.length, SHA256, 0, SHA256.length);

const isSame = (cells: Uint8Array, a: number, b: number): boolean =>
  isEqual(cells, a + 1, a + CELL, cells, b + 1, b + CELL);
