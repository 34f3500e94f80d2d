/**
 * Tags of signatures (cosign, the referrers fallback): the manifest that a tag is about, and the
 * tags about a digest.
 */
import { type Facts, NO_NODE, nodeOf } from '../../facts/types.js';
import { subjectOfTag } from '../../policy/index.js';
import type { Digest } from '../../storage/digest.js';
import type { SignedRow } from '../model/model.js';
import { jsonName } from './names.js';

/** @returns undefined if the tag is not about another manifest */
export function aboutOf(facts: Facts, repository: string, tag: string): SignedRow | undefined {
  const digest = subjectOfTag(tag);
  if (digest === undefined) return undefined;
  const node = nodeOf(facts, digest) ?? NO_NODE;
  const tags = facts.repositories.find(({ name }) => name === repository)?.tags;
  const pointing = tags?.names.filter((_, i) => tags.target[i] === node && node !== NO_NODE) ?? [];
  return { digest, onDisk: node < facts.blobs.count, tags: pointing.map(jsonName) };
}

/** Tags that are about `digest`, in all repositories, as `repository:tag`. */
export function signaturesOf(facts: Facts, digest: Digest): string[] {
  return facts.repositories.flatMap(({ name, tags }) =>
    tags.names
      .filter((tag) => subjectOfTag(tag) === digest)
      .map((tag) => jsonName(`${name}:${tag}`)),
  );
}
