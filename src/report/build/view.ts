/** Sorts and limits the rows of a report, as `--sort` and `--top` ask. */

import type { AnalyzeReport } from '../model/model.js';
import type { RepositoryRow, TagRow } from '../model/rows.js';
import type { SortKey, View } from '../model/view.js';

type Compare<T> = (a: T, b: T) => number;

const descending =
  <T>(value: (row: T) => number): Compare<T> =>
  (a, b) =>
    value(b) - value(a);
const newest = (a: string | null, b: string | null): number => {
  const [left, right] = [a ?? '', b ?? ''];
  return left === right ? 0 : left < right ? 1 : -1;
};

const repositories: Readonly<Record<SortKey, Compare<RepositoryRow>>> = {
  own: descending(({ uniqueBytes }) => uniqueBytes),
  size: descending(({ bytes }) => bytes),
  shared: descending(({ sharedBytes }) => sharedBytes),
  garbage: descending(({ garbageBytes }) => garbageBytes),
  tags: descending(({ tags }) => tags),
  manifests: descending(({ manifests }) => manifests),
  untagged: descending(({ untaggedManifests }) => untaggedManifests),
  pushed: (a, b) => newest(a.lastPushedAt, b.lastPushedAt),
  name: () => 0,
};

const tags: Readonly<Partial<Record<SortKey, Compare<TagRow>>>> = {
  own: descending(({ uniqueBytes }) => uniqueBytes),
  size: descending(({ bytes }) => bytes),
  shared: descending(({ bytes, uniqueBytes }) => bytes - uniqueBytes),
  pushed: (a, b) => newest(a.pushedAt, b.pushedAt),
  name: () => 0,
};

/** Keys by which a list of tags can be sorted. */
export const TAG_KEYS = Object.keys(tags) as SortKey[];

/** @param rows sorted by name; rows with equal keys keep that order */
export function arrangedRepositories(
  rows: readonly RepositoryRow[],
  key: SortKey,
): readonly RepositoryRow[] {
  const tie: Compare<RepositoryRow> = key === 'own' ? repositories.size : repositories.name;
  return [...rows].sort((a, b) => repositories[key](a, b) || tie(a, b));
}

export function arrangedTags(rows: readonly TagRow[], key: SortKey): readonly TagRow[] {
  const compare = tags[key] ?? tags.name!;
  const tie: Compare<TagRow> = key === 'own' ? tags.size! : tags.name!;
  return [...rows].sort((a, b) => compare(a, b) || tie(a, b));
}

type Viewed = AnalyzeReport & { readonly view?: View };

/** The document for scripts: sorted by name and complete, unless `--sort` or `--top` is given. */
export function viewedDocument({ view, ...report }: Viewed): AnalyzeReport {
  const { sort = 'name', top } = view ?? {};
  if (view?.sort === undefined && top === undefined) return report;
  const { repositories, tags, ...rest } = report;
  return {
    ...rest,
    repositories: arrangedRepositories(repositories, sort).slice(0, top),
    ...(tags === undefined ? {} : { tags: arrangedTags(tags, sort).slice(0, top) }),
  };
}
