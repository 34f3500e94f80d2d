/**
 * Selects the last N images of a group by push time, version or name. Images equal to the last of
 * them are included.
 */
import type { AgeBy, ImageView, KeepRule } from '../model/types.js';
import { compareNaturally, greatestOf, newest, pushTimeOf } from './times.js';
import { compareVersions, versionOf } from './versions.js';

/** @param selects returns the tags by which an image is in the group; undefined if it is not */
export function keptLast(
  { keepLast: count, select, sortBy }: KeepRule,
  ageBy: AgeBy,
  images: readonly ImageView[],
  selects: (image: ImageView) => readonly string[] | undefined,
  trusted: boolean,
): ReadonlySet<ImageView> {
  if (count === undefined) return new Set();
  const group = images.filter((image) => selects(image) !== undefined);
  if (sortBy === 'semver') {
    const versions = (image: ImageView) => selects(image)!.map((tag) => versionOf(tag)!);
    return first(
      group,
      count,
      (image) => versions(image).sort(compareVersions).at(-1)!,
      compareVersions,
    );
  }
  if (sortBy === 'name')
    return first(group, count, (image) => greatestOf(selects(image)!), compareNaturally);
  const breakTies = trusted && ageBy === 'pushed';
  if (select !== 'all') return newest(group, count, ageBy, breakTies);
  // Tagged images count first, whatever their age. So the untagged leftovers of a tag that moves
  // often never displace a tagged image.
  const known = group.filter((image) => pushTimeOf(image, ageBy) !== undefined);
  const tagged = known.filter((image) => image.tags.length > 0);
  const untagged = known.filter((image) => image.tags.length === 0);
  return new Set([
    ...newest(tagged, count, ageBy, breakTies),
    ...newest(untagged, Math.max(0, count - tagged.length), ageBy, breakTies),
  ]);
}

function first<K>(
  images: readonly ImageView[],
  count: number,
  keyOf: (image: ImageView) => K,
  compare: (a: K, b: K) => number,
): ReadonlySet<ImageView> {
  const keyed = images.map((image) => ({ image, key: keyOf(image) }));
  keyed.sort((a, b) => compare(b.key, a.key));
  const last = keyed[Math.min(count, keyed.length) - 1];
  const isIncluded = ({ key }: { key: K }): boolean =>
    last !== undefined && compare(key, last.key) >= 0;
  return new Set(keyed.filter(isIncluded).map(({ image }) => image));
}
