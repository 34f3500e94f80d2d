/**
 * A fast reader for manifests as tools write them: an object of well-known fields, each at most
 * once and in the specified spelling, with sha256 digests. That covers nearly every manifest and
 * takes a third of the time. All others go to the general reader (`references.ts`). Both readers
 * return the same result for a plain manifest.
 */
import { decodeHexBytes } from '../../storage/digest.js';
import { PACKED } from '../packed-digests.js';
import type { ManifestKind } from '../tables/manifest-table.js';
import {
  CLOSE,
  CLOSE_LIST,
  COLON,
  COMMA,
  isEqual,
  JsonBytes,
  OPEN,
  OPEN_LIST,
} from './json-bytes.js';

/** Bytes of a packed cell: one flag byte and a sha256 digest. */
const CELL = 33;
/** The general reader takes manifests with more references, because it finds duplicates faster. */
const MAX_REFERENCES = 128;
const DEPTH = 8;

/** A return value: the manifest is not plain. */
const NOT_PLAIN = -1;

export interface PlainManifest {
  readonly kind: ManifestKind;
  /** Number of references and subjects. */
  readonly count: number;
  /** Packed digests. The next call overwrites them. */
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

/** Field names as bytes, with their bits, indexed by length. */
const NAMES: { readonly name: Buffer; readonly bit: number }[][] = [];
for (const [name, bit] of Object.entries(FIELD)) {
  NAMES[name.length] = [...(NAMES[name.length] ?? []), { name: Buffer.from(name), bit }];
}

/** Media types of manifests. The same expression as in `references.ts`. */
const MANIFEST_TYPE = /manifest|index/i;

export class PlainReader extends JsonBytes {
  readonly #cells = new Uint8Array(MAX_REFERENCES * CELL);
  #count = 0;
  /** The media type that was checked last. The layers of a manifest mostly have the same type. */
  #typeFrom = 0;
  #typeTo = 0;
  #typeClaims = false;

  /** @returns undefined if the manifest is not plain */
  read(bytes: Buffer): PlainManifest | undefined {
    this.begin(bytes);
    this.#count = 0;
    this.#typeFrom = 0;
    this.#typeTo = 0;
    this.#typeClaims = false;
    const seen = this.#manifest();
    const kind = seen === NOT_PLAIN || this.next() !== -1 ? undefined : kindOf(seen);
    if (kind === undefined) return undefined;
    const cells = this.#cells.subarray(0, this.#count * CELL);
    return { kind, count: this.#count, cells };
  }

  #manifest(): number {
    if (this.next() !== OPEN) return NOT_PLAIN;
    let seen = 0;
    for (;;) {
      const field = this.#key(seen);
      if (field <= 0) return NOT_PLAIN;
      seen |= field;
      if (!this.#field(field)) return NOT_PLAIN;
      const code = this.next();
      if (code === CLOSE) return seen;
      if (code !== COMMA) return NOT_PLAIN;
    }
  }

  #field(field: number): boolean {
    switch (field) {
      case FIELD.schemaVersion:
        return this.number(this.next());
      case FIELD.mediaType:
      case FIELD.artifactType:
        return this.string(this.next());
      case FIELD.annotations:
        return this.skip(DEPTH);
      case FIELD.config:
        return this.next() === OPEN && this.#descriptor(0);
      case FIELD.subject:
        return this.next() === OPEN && this.#descriptor(PACKED.subject);
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
    if (this.next() !== OPEN_LIST) return false;
    let code = this.next();
    if (code === CLOSE_LIST) return true;
    for (;;) {
      if (code !== OPEN || !this.#descriptor(flags)) return false;
      code = this.next();
      if (code === CLOSE_LIST) return true;
      if (code !== COMMA) return false;
      code = this.next();
    }
  }

  /** Reads a descriptor, after its opening brace. */
  #descriptor(flags: number): boolean {
    let seen = 0;
    let digestAt = 0;
    let claims = true;
    for (;;) {
      const field = this.#key(seen);
      if (field <= 0) return false;
      seen |= field;
      if (field === FIELD.digest) {
        if (!this.string(this.next()) || this.to - this.from !== 71) return false;
        digestAt = this.from;
      } else if (field === FIELD.mediaType) {
        if (!this.string(this.next())) return false;
        claims = this.#claimsManifest();
      } else if (field === FIELD.size) {
        if (!this.number(this.next())) return false;
      } else if (field === FIELD.annotations || field === FIELD.platform) {
        if (!this.skip(DEPTH)) return false;
      } else if (field === FIELD.artifactType) {
        if (!this.string(this.next())) return false;
      } else return false;
      const code = this.next();
      if (code === CLOSE) break;
      if (code !== COMMA) return false;
    }
    if (digestAt === 0) return false;
    if (flags === 0 && claims) return this.#add(digestAt, PACKED.descend);
    return this.#add(digestAt, flags);
  }

  /** @returns whether the string that was read last is the media type of a manifest */
  #claimsManifest(): boolean {
    const bytes = this.bytes;
    if (!isEqual(bytes, this.from, this.to, bytes, this.#typeFrom, this.#typeTo)) {
      this.#typeFrom = this.from;
      this.#typeTo = this.to;
      this.#typeClaims = MANIFEST_TYPE.test(bytes.toString('latin1', this.from, this.to));
    }
    return this.#typeClaims;
  }

  /**
   * Adds a reference. A digest that was added before only gets the additional flags.
   * @returns false if it is not a sha256 digest, or there are too many
   */
  #add(at: number, flags: number): boolean {
    const bytes = this.bytes;
    const cells = this.#cells;
    const cell = this.#count * CELL;
    if (this.#count === MAX_REFERENCES || !isSha256(bytes, at)) return false;
    if (!decodeHexBytes(bytes, at + SHA256.length, CELL - 1, cells, cell + 1)) return false;
    cells[cell] = flags;
    for (let other = 0; other < cell; other += CELL) {
      if (!isSame(cells, other, cell)) continue;
      // A digest may be both a subject and a reference, so the two are kept apart.
      if (((cells[other]! ^ flags) & PACKED.subject) !== 0) continue;
      cells[other]! |= flags;
      return true;
    }
    this.#count += 1;
    return true;
  }

  /**
   * Reads a key and its colon.
   * @returns the bit of the field; 0 or NOT_PLAIN if the field is unknown or occurred before
   */
  #key(seen: number): number {
    if (!this.string(this.next())) return NOT_PLAIN;
    const field = fieldNamed(this.bytes, this.from, this.to);
    return (seen & field) === 0 && this.next() === COLON ? field : NOT_PLAIN;
  }
}

function kindOf(seen: number): ManifestKind | undefined {
  if ((seen & FIELD.manifests) !== 0) return 'index';
  if ((seen & (FIELD.config | FIELD.layers)) !== 0) return 'image';
  return (seen & FIELD.blobs) !== 0 ? 'artifact' : undefined;
}

/** @returns the bit of a known field, or 0 */
function fieldNamed(bytes: Buffer, from: number, to: number): number {
  for (const { name, bit } of NAMES[to - from] ?? []) {
    if (isEqual(bytes, from, to, name, 0, name.length)) return bit;
  }
  return 0;
}

const SHA256 = Buffer.from('sha256:');
const isSha256 = (bytes: Buffer, at: number): boolean =>
  isEqual(bytes, at, at + SHA256.length, SHA256, 0, SHA256.length);

const isSame = (cells: Uint8Array, a: number, b: number): boolean =>
  isEqual(cells, a + 1, a + CELL, cells, b + 1, b + CELL);
