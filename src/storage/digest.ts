/**
 * Content digests as distribution writes them: `<algorithm>:<lowercase hex>`. Only this module
 * makes a `Digest`, so unchecked content of a link can't become a path.
 */

declare const digestBrand: unique symbol;
export type Digest = string & { readonly [digestBrand]: true };

export const ALGORITHMS = ['sha256', 'sha384', 'sha512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Length of a digest in bytes, by algorithm. */
export const DIGEST_BYTES: Readonly<Record<Algorithm, number>> = {
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** Value of a lowercase hex character by its code; -1 for any other code below 256. */
const HEX = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) HEX[value.toString(16).charCodeAt(0)] = value;

const hexAt = (text: string, at: number): number => HEX[text.charCodeAt(at)] ?? -1;

/**
 * Decodes `count` bytes of lowercase hex from `text` at `from` into `out` at `at`.
 * @returns false if a character is not lowercase hex; `out` is then partly written
 */
export function decodeHex(
  text: string,
  from: number,
  count: number,
  out: Uint8Array,
  at: number,
): boolean {
  for (let i = 0; i < count; i++) {
    const high = hexAt(text, from + 2 * i);
    const low = hexAt(text, from + 2 * i + 1);
    if ((high | low) < 0) return false;
    out[at + i] = (high << 4) | low;
  }
  return true;
}

/** Like `decodeHex`, for characters in `bytes`. */
export function decodeHexBytes(
  bytes: Uint8Array,
  from: number,
  count: number,
  out: Uint8Array,
  at: number,
): boolean {
  for (let i = 0; i < count; i++) {
    const high = HEX[bytes[from + 2 * i] ?? 0]!;
    const low = HEX[bytes[from + 2 * i + 1] ?? 0]!;
    if ((high | low) < 0) return false;
    out[at + i] = (high << 4) | low;
  }
  return true;
}

export function isAlgorithm(name: string): name is Algorithm {
  return name === 'sha256' || name === 'sha384' || name === 'sha512';
}

/** @returns whether `hex` is a complete lowercase digest of that algorithm */
function isHexOf(algorithm: Algorithm, hex: string): boolean {
  return hex.length === DIGEST_BYTES[algorithm] * 2 && isHexFrom(hex, 0);
}

function isHexFrom(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) if (hexAt(text, i) < 0) return false;
  return true;
}

/** @returns undefined unless the text is exactly `<alg>:<lowercase hex>`, without white space */
export function parseDigest(text: string): Digest | undefined {
  if (text.length === 71 && text.startsWith('sha256:') && isHexFrom(text, 7)) return text as Digest;
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, Math.max(colon, 0));
  if (!isAlgorithm(algorithm) || !isHexOf(algorithm, text.slice(colon + 1))) return undefined;
  return text as Digest;
}

/** @returns undefined if `hex` is not a complete lowercase digest of that algorithm */
export function makeDigest(algorithm: Algorithm, hex: string): Digest | undefined {
  return isHexOf(algorithm, hex) ? (`${algorithm}:${hex}` as Digest) : undefined;
}

export function algorithmOf(digest: Digest): Algorithm {
  if (digest.length === 71) return 'sha256';
  return digest.slice(0, digest.indexOf(':')) as Algorithm;
}

export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** @returns the digest whose raw bytes start at `offset` */
export function digestFromBytes(algorithm: Algorithm, bytes: Buffer, offset: number): Digest {
  const hex = bytes.toString('hex', offset, offset + DIGEST_BYTES[algorithm]);
  return `${algorithm}:${hex}` as Digest;
}

const DIGEST_SHAPED =
  /(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})(?![0-9a-f])/g;

/** @returns all digests in a text, for content whose structure is unknown */
export function digestsIn(text: string): Digest[] {
  return (text.match(DIGEST_SHAPED) ?? []) as Digest[];
}
