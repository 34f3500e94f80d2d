/**
 * References that need an extra look at the disk: schema 1 signatures, and subjects named by their
 * SHA-512.
 */
import { hash } from 'node:crypto';
import { algorithmOf, type Digest, hexOf, isAlgorithm, makeDigest } from '../../storage/digest.js';
import { asideSuffixIn, blobDataPath, revisionPath } from '../../storage/layout.js';
import { NotAFileError, type StorageReader } from '../../storage/port.js';
import type { FindingLog } from '../findings.js';
import { readErrorReason } from '../scan/context.js';
import { MANIFEST_LIMIT } from '../scan/manifests.js';
import { digestOf, type Node } from '../types.js';
import type { Resolver } from './collector.js';

/**
 * Finds the signatures of a revision in old registries, at `signatures/<alg>/<hex>/link`. Nothing
 * else links these blobs. A folder that can't be listed becomes an `unsafe` finding.
 * @returns the digests of the signatures
 */
export function schema1Signatures(
  reader: StorageReader,
  findings: FindingLog,
  repository: string,
  digest: Digest,
): Digest[] {
  const folder = `${revisionPath(repository, digest)}/signatures`;
  const found: Digest[] = [];
  for (const algorithm of namesIn(reader, findings, folder)) {
    for (const hex of namesIn(reader, findings, `${folder}/${algorithm}`)) {
      const signature = isAlgorithm(algorithm) ? makeDigest(algorithm, hex) : undefined;
      const path = `${folder}/${algorithm}/${hex}`;
      if (signature !== undefined) found.push(signature);
      else findings.add({ code: 'stray-entry', path, repository });
      const names = signature === undefined ? [] : namesIn(reader, findings, path);
      const aside = names.find((name) => asideSuffixIn(name) !== undefined);
      if (aside === undefined) continue;
      findings.add({ code: 'file-put-aside', path: `${path}/${aside}`, repository });
    }
  }
  return found;
}

function namesIn(reader: StorageReader, findings: FindingLog, path: string): string[] {
  try {
    return reader.names(path) ?? [];
  } catch (error) {
    findings.add({ code: 'unreadable-folder', path, detail: readErrorReason(error) });
    return [];
  }
}

/**
 * Finds the stored manifests that a referrer names by their SHA-512. Content is hashed only if such
 * a referrer exists.
 * @returns pairs of subject and referrer
 */
export function* subjectsByContent(
  reader: StorageReader,
  resolver: Resolver,
  referrers: readonly (readonly [subject: Node, referrer: Node])[],
  manifests: Iterable<Node>,
): Generator<[subject: Node, referrer: Node]> {
  const referrersBySha512 = new Map<string, Node[]>();
  for (const [subject, referrer] of referrers) {
    const digest = subject < resolver.blobs.count ? undefined : digestOf(resolver, subject);
    if (digest === undefined || algorithmOf(digest) !== 'sha512') continue;
    referrersBySha512.set(hexOf(digest), [
      ...(referrersBySha512.get(hexOf(digest)) ?? []),
      referrer,
    ]);
  }
  if (referrersBySha512.size === 0) return;
  for (const node of manifests) {
    if (node >= resolver.blobs.count) continue;
    const hex = sha512Of(reader, digestOf(resolver, node)) ?? '';
    for (const referrer of referrersBySha512.get(hex) ?? []) yield [node, referrer];
  }
}

/** @returns undefined if the blob can't be read or is too large */
function sha512Of(reader: StorageReader, digest: Digest): string | undefined {
  try {
    const content = reader.read(blobDataPath(digest), MANIFEST_LIMIT);
    if (content === undefined || content.stat.size > MANIFEST_LIMIT) return undefined;
    return hash('sha512', content.bytes, 'hex');
  } catch (error) {
    // The scan of manifests reported this blob already, and its repositories are kept.
    if (error instanceof NotAFileError || (error as { code?: unknown }).code !== undefined) {
      return undefined;
    }
    throw error;
  }
}
