/**
 * Ages and orders of images. Images with equal times are distinguished only if times are trusted.
 * Otherwise, all images with the same time as a kept one are kept.
 */
import type { Facts } from '../../facts/types.js';
import type { AgeBy, ImageView, TimeSource } from '../model/types.js';

/** @returns seconds since 1970, or undefined if unknown */
export function pushTimeOf(image: ImageView, ageBy: AgeBy): number | undefined {
  const time = ageBy === 'created' ? image.createdAt : image.pushedAt;
  return time !== undefined && time > 0 ? time : undefined;
}

export function timeSourceOf(image: ImageView, ageBy: AgeBy): TimeSource {
  if (ageBy === 'created') return 'created';
  return image.tags.length > 0 ? 'tag-link' : 'revision-link';
}

/**
 * @param breakTies orders equal times by the images' tags (v10 after v9); otherwise all images with
 *   the same time as the last one are included
 * @returns the `count` latest images with a known time
 */
export function newest(
  images: readonly ImageView[],
  count: number,
  ageBy: AgeBy,
  breakTies: boolean,
): ReadonlySet<ImageView> {
  const known = images.filter((image) => pushTimeOf(image, ageBy) !== undefined);
  const time = (image: ImageView): number => pushTimeOf(image, ageBy)!;
  const sorted = known.sort((a, b) => time(b) - time(a) || byTags(b, a));
  const last = sorted[count - 1];
  if (last === undefined) return new Set(count > 0 ? sorted : []);
  const isIncluded = (image: ImageView, i: number): boolean =>
    i < count || (!breakTies && time(image) === time(last));
  return new Set(sorted.filter(isIncluded));
}

const natural = new Intl.Collator('en', { numeric: true });

/** Compares text with numbers in it: `v10` comes after `v9`. */
export const compareNaturally = (a: string, b: string): number => natural.compare(a, b);

/** Orders by the greatest tag, then by digest, so that the order is always the same. */
function byTags(a: ImageView, b: ImageView): number {
  return compareNaturally(greatestOf(a.tags), greatestOf(b.tags)) || (a.digest < b.digest ? -1 : 1);
}

export const greatestOf = (tags: readonly string[]): string =>
  tags.reduce((most, tag) => (compareNaturally(tag, most) > 0 ? tag : most), '');

/** @returns whether more than half of the tree's tags have the same time, in seconds */
export function mostTimesEqual({ repositories }: Pick<Facts, 'repositories'>): boolean {
  const counts = new Map<number, number>();
  let all = 0;
  for (const { tags } of repositories) {
    all += tags.changed.length;
    for (const time of tags.changed) counts.set(time, (counts.get(time) ?? 0) + 1);
  }
  return all >= MIN_TIMES && [...counts.values()].some((count) => count * 2 > all);
}

/** Fewer times are too few to judge. */
const MIN_TIMES = 5;

/**
 * Tells whether push times look like those of a restored backup or a bulk copy. They do if at least
 * five images have at most half as many different times, or if three or four images have one time.
 */
export function suspiciousTimes(images: readonly ImageView[]): boolean {
  const times = images.map((image) => image.pushedAt).filter((time) => time > 0);
  const distinct = new Set(times).size;
  if (times.length >= MIN_TIMES) return distinct * 2 <= times.length;
  return times.length >= 3 && distinct === 1;
}
