/** Reads blobs as manifests: checks their hash and finds their references. */
import { hash } from 'node:crypto';
import { algorithmOf, type Digest, digestsIn, hexOf } from '../../storage/digest.js';
import { blobDataPath } from '../../storage/layout.js';
import { isObject, parseJson } from '../manifest/json.js';
import { DepthError } from '../manifest/json-value.js';
import { PlainReader } from '../manifest/plain-manifest.js';
import { referencesOf } from '../manifest/references.js';
import { type DigestPacker, PACKED } from '../packed-digests.js';
import { MANIFEST_KINDS, type ManifestKind } from '../tables/manifest-table.js';
import { readErrorReason, type ScanContext } from './context.js';

/** In bytes. Twice the registry's limit for a pushed manifest; it limits our memory. */
export const MANIFEST_LIMIT = 8 * 1024 * 1024;

/** Read first of a blob that may be a layer: a page, which contains most manifests completely. */
const HEAD_BYTES = 4096;

export interface ManifestRead {
  readonly kind: ManifestKind;
  /** Number of references and subjects. */
  readonly count: number;
  /** Why it is unreadable. */
  readonly problem?: string;
}

/** @returns the code of a kind in `ManifestTable.kinds` */
export const kindCode = (kind: ManifestKind): number => MANIFEST_KINDS.indexOf(kind);

/**
 * Reads a blob as a manifest. Never throws: an unreadable one is reported as `unreadable`.
 * @param peek check the first bytes before reading all, because the blob may be a layer
 * @param out receives the references and subjects
 */
export function readManifest(
  context: ScanContext,
  digest: Digest,
  peek: boolean,
  out: DigestPacker,
): ManifestRead {
  try {
    const path = blobDataPath(digest);
    const head = peek ? context.reader.read(path, HEAD_BYTES) : undefined;
    if (peek && (head === undefined || !startsLikeJson(head.bytes))) return LEAF;
    const isComplete = head !== undefined && head.stat.size <= HEAD_BYTES;
    const content = isComplete ? head : context.reader.read(path, MANIFEST_LIMIT);
    if (content === undefined) return unreadable('is not on the disk');
    if (content.stat.size > MANIFEST_LIMIT) return tooLarge(content.bytes, content.stat.size);
    const found = hash(algorithmOf(digest), content.bytes, 'hex');
    if (found !== hexOf(digest)) return unreadable(`its content has the hash ${found}`);
    return understand(content.bytes, out);
  } catch (error) {
    return unreadable(readErrorReason(error));
  }
}

function unreadable(problem: string): ManifestRead {
  return { kind: 'unreadable', count: 0, problem };
}

const LEAF: ManifestRead = { kind: 'leaf', count: 0 };

/**
 * A large blob that looks like JSON is over the limit. Any other is a layer that was listed as a
 * manifest.
 */
function tooLarge(head: Buffer, size: number): ManifestRead {
  return startsLikeJson(head)
    ? unreadable(`its ${size} bytes exceed the size limit for manifests`)
    : LEAF;
}

function startsLikeJson(bytes: Buffer): boolean {
  // JSON must not start with a byte order mark, but digests behind one are kept too.
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  for (let i = marked ? 3 : 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return byte === 0x7b || byte === 0x5b;
  }
  return false;
}

const plainReader = new PlainReader();

function understand(bytes: Buffer, out: DigestPacker): ManifestRead {
  const plain = plainReader.read(bytes);
  if (plain === undefined) return understandAny(bytes, out);
  out.append(plain.cells);
  return plain;
}

function understandAny(bytes: Buffer, out: DigestPacker): ManifestRead {
  if (!startsLikeJson(bytes)) return LEAF;
  const text = bytes.toString('utf8');
  try {
    const json = parseJson(text);
    if (isObject(json)) {
      const { kind, references, subjects } = referencesOf(json);
      for (const [to, flags] of references) out.add(to, flags);
      for (const subject of subjects) out.add(subject, PACKED.subject);
      return { kind, count: references.size + subjects.length };
    }
  } catch (error) {
    if (error instanceof DepthError) return unreadable(error.message);
    if (!(error instanceof SyntaxError)) throw error;
  }
  // It looks like JSON but is not an object. It is a leaf, and the digests in it are kept.
  const guesses = digestsIn(text);
  for (const digest of guesses) out.add(digest, PACKED.foreign);
  return { kind: 'leaf', count: guesses.length };
}
