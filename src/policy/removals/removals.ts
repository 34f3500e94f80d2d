/** Converts verdicts by digest to removals for the mark. */
import type { Removal, Removals } from '../../graph/types.js';
import type { ImageView, PolicyVerdict } from '../model/types.js';

/**
 * Removes the revision and all tags of each manifest with a verdict.
 * @param views all manifests, by repository
 * @param verdictsOf verdicts by repository and digest
 */
export function removalsOf(
  views: ReadonlyMap<string, readonly ImageView[]>,
  verdictsOf: ReadonlyMap<string, ReadonlyMap<string, PolicyVerdict>>,
): Removals {
  const tags = new Map<string, Map<string, Removal>>();
  const revisions = new Map<string, Map<string, Removal>>();
  for (const [repository, images] of views) {
    const verdicts = verdictsOf.get(repository);
    for (const image of images) {
      const verdict = verdicts?.get(image.digest);
      if (verdict === undefined) continue;
      const removal = { reason: verdict.reason };
      setIn(revisions, repository, image.digest, removal);
      for (const tag of image.tags) setIn(tags, repository, tag, removal);
    }
  }
  return {
    tag: (repository, tag) => tags.get(repository)?.get(tag),
    revision: (repository, digest) => revisions.get(repository)?.get(digest),
  };
}

export function setIn<V>(
  into: Map<string, Map<string, V>>,
  outer: string,
  inner: string,
  value: V,
): void {
  const map = into.get(outer) ?? new Map<string, V>();
  into.set(outer, map);
  map.set(inner, value);
}

/** @returns removals that combine several; the reason is that of the first */
export function anyOf(all: readonly Removals[]): Removals {
  const first = (of: (one: Removals) => Removal | undefined): Removal | undefined => {
    for (const one of all) {
      const removal = of(one);
      if (removal !== undefined) return removal;
    }
    return undefined;
  };
  return {
    tag: (repository, tag) => first((one) => one.tag(repository, tag)),
    revision: (repository, digest) => first((one) => one.revision(repository, digest)),
    repository: (name) => first((one) => one.repository?.(name)),
  };
}
