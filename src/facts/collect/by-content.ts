/** References that no link and no column tells of: schema 1 signatures, and subjects by another hash. */
import { hash } from 'node:crypto';
import { algorithmOf, type Digest, hexOf, isAlgorithm, makeDigest } from '../../storage/digest.js';
import { blobDataPath, revisionPath } from '../../storage/layout.js';
import { NotAFileError, type StorageReader } from '../../storage/port.js';
import type { FindingLog } from '../findings.js';
import { readErrorReason } from '../scan/context.js';
import { MANIFEST_LIMIT } from '../scan/manifests.js';
import { digestOf, type Node } from '../types.js';
import type { Resolver } from './collector.js';

/**
 * Signatures of a revision of an old registry, at `signatures/<alg>/<hex>/link`: blobs that nothing
 * else links. What can't be read there is a finding that lets no blob go.
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
      if (signature !== undefined) found.push(signature);
      else findings.add({ code: 'stray-entry', path: `${folder}/${algorithm}/${hex}`, repository });
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
 * Which of the manifests stored are subjects that a referrer names by SHA-512 (subject, referrer).
 * Their content is hashed, where there is such a referrer at all.
 */
export function* subjectsByContent(
  reader: StorageReader,
  resolver: Resolver,
  referrers: readonly (readonly [subject: Node, referrer: Node])[],
  manifests: readonly Node[],
): Generator<[subject: Node, referrer: Node]> {
  const wanted = new Map<string, Node[]>();
  for (const [subject, referrer] of referrers) {
    const digest = subject < resolver.blobs.count ? undefined : digestOf(resolver, subject);
    if (digest === undefined || algorithmOf(digest) !== 'sha512') continue;
    wanted.set(hexOf(digest), [...(wanted.get(hexOf(digest)) ?? []), referrer]);
  }
  if (wanted.size === 0) return;
  for (const node of manifests) {
    if (node >= resolver.blobs.count) continue;
    const hex = sha512Of(reader, digestOf(resolver, node)) ?? '';
    for (const referrer of wanted.get(hex) ?? []) yield [node, referrer];
  }
}

/** Undefined for what can't be read, or is too large. */
function sha512Of(reader: StorageReader, digest: Digest): string | undefined {
  try {
    const content = reader.read(blobDataPath(digest), MANIFEST_LIMIT);
    if (content === undefined || content.stat.size > MANIFEST_LIMIT) return undefined;
    return hash('sha512', content.bytes, 'hex');
  } catch (error) {
    // Read before, and found damaged where it is: its repositories are kept whole.
    if (error instanceof NotAFileError || (error as { code?: unknown }).code !== undefined) {
      return undefined;
    }
    throw error;
  }
}
