/**
 * Tombstones: revision folders without a link, which the API's DELETE leaves. Their names are
 * digests of deleted manifests.
 */
import { type Digest, parseDigest } from '../storage/digest.js';
import type { Facts } from './types.js';

const TOMBSTONE = /^repositories\/(.+)\/_manifests\/revisions\/([a-z0-9]+)\/([0-9a-f]+)$/;

/** @returns the digests of the deleted manifests, by repository */
export function tombstonesOf({ emptyFolders }: Pick<Facts, 'emptyFolders'>) {
  const found = new Map<string, Set<Digest>>();
  for (const path of emptyFolders) {
    const [, name = '', algorithm, hex] = TOMBSTONE.exec(path) ?? [];
    const digest = parseDigest(`${algorithm}:${hex}`);
    if (digest === undefined) continue;
    const set = found.get(name) ?? new Set<Digest>();
    found.set(name, set.add(digest));
  }
  return found;
}
