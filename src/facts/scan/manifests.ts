/** Reads blobs as manifests: hashed as they are read, understood by their content. */
import { hash } from 'node:crypto';
import { algorithmOf, type Digest, digestsIn, hexOf } from '../../storage/digest.js';
import { blobDataPath } from '../../storage/layout.js';
import { DepthError, isObject, parseJson } from '../json.js';
import { MANIFEST_KINDS, type ManifestKind } from '../manifests.js';
import { type Reference, referencesOf } from '../references.js';
import { reasonOf, type ScanContext } from './context.js';

/** Twice what the registry accepts in a push; a bound on our own memory. */
export const MANIFEST_LIMIT = 8 * 1024 * 1024;

export interface ManifestRead {
  readonly kind: ManifestKind;
  readonly references: readonly Reference[];
  readonly subjects: readonly Digest[];
  /** Why it is unreadable. */
  readonly problem?: string;
}

export const kindCode = (kind: ManifestKind): number => MANIFEST_KINDS.indexOf(kind);

/** @param peek it may well be a layer: look at its first bytes before reading it whole */
export function readManifest(context: ScanContext, digest: Digest, peek: boolean): ManifestRead {
  try {
    if (peek && !mayBeJson(context, digest)) return LEAF;
    const content = context.reader.read(blobDataPath(digest), MANIFEST_LIMIT);
    if (content === undefined) return unreadable('is not on the disk');
    if (content.stat.size > MANIFEST_LIMIT) return tooLarge(content.bytes, content.stat.size);
    const found = hash(algorithmOf(digest), content.bytes, 'hex');
    if (found !== hexOf(digest)) return unreadable(`its content hashes to ${found}`);
    return understand(content.bytes);
  } catch (error) {
    return unreadable(reasonOf(error));
  }
}

function unreadable(problem: string): ManifestRead {
  return { kind: 'unreadable', references: [], subjects: [], problem };
}

const LEAF: ManifestRead = { kind: 'leaf', references: [], subjects: [] };

/** A large layer listed as a manifest is a leaf; large JSON is over our limits. */
function tooLarge(head: Buffer, size: number): ManifestRead {
  return startsLikeJson(head)
    ? unreadable(`its ${size} bytes are over the limit for manifests`)
    : LEAF;
}

function mayBeJson(context: ScanContext, digest: Digest): boolean {
  const head = context.reader.read(blobDataPath(digest), 64);
  return head !== undefined && startsLikeJson(head.bytes);
}

function startsLikeJson(bytes: Buffer): boolean {
  // A byte order mark is no JSON either, but what stands behind it is kept all the same.
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  for (const byte of marked ? bytes.subarray(3) : bytes) {
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
    return byte === 0x7b || byte === 0x5b;
  }
  return false;
}

function understand(bytes: Buffer): ManifestRead {
  if (!startsLikeJson(bytes)) return LEAF;
  const text = bytes.toString('utf8');
  try {
    const json = parseJson(text);
    if (isObject(json)) return referencesOf(json);
  } catch (error) {
    if (error instanceof DepthError) return unreadable(error.message);
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { ...LEAF, references: guesses(text) };
}

/** It looks like JSON and isn't an object: a leaf, but what it names is kept all the same. */
function guesses(text: string): Reference[] {
  return digestsIn(text).map((digest) => ({ digest, descend: false, foreign: true }));
}
