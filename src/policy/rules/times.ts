/**
 * Ages and orders of images. Equal times are told apart only where the times are trusted: otherwise
 * what ties with a kept image stays.
 */
import type { Facts } from '../../facts/types.js';
import type { AgeBy, ImageView, TimeSource } from '../model/types.js';

/** Seconds since 1970, or undefined where it isn't known. */
export function pushTimeOf(image: ImageView, ageBy: AgeBy): number | undefined {
  const time = ageBy === 'created' ? image.createdAt : image.pushedAt;
  return time !== undefined && time > 0 ? time : undefined;
}

export function timeSourceOf(image: ImageView, ageBy: AgeBy): TimeSource {
  if (ageBy === 'created') return 'created';
  return image.tags.length > 0 ? 'tag-link' : 'revision-link';
}

/**
 * The `count` youngest of those whose time is known.
 * @param exactly tells equal times apart by the images' tags (v10 is younger than v9); otherwise
 *   all that tie with the last of them are among them
 */
export function youngest(
  images: readonly ImageView[],
  count: number,
  ageBy: AgeBy,
  exactly: boolean,
): ReadonlySet<ImageView> {
  const known = images.filter((image) => pushTimeOf(image, ageBy) !== undefined);
  const time = (image: ImageView): number => pushTimeOf(image, ageBy)!;
  const sorted = known.sort((a, b) => time(b) - time(a) || byTags(b, a));
  const last = sorted[count - 1];
  if (last === undefined) return new Set(count > 0 ? sorted : []);
  const isIn = (image: ImageView, i: number): boolean =>
    i < count || (!exactly && time(image) === time(last));
  return new Set(sorted.filter(isIn));
}

const natural = new Intl.Collator('en', { numeric: true });

/** `v10` after `v9`. */
export const naturally = (a: string, b: string): number => natural.compare(a, b);

/** By their greatest tags, then by digest: any order would do, but it is always the same. */
function byTags(a: ImageView, b: ImageView): number {
  return naturally(greatestOf(a.tags), greatestOf(b.tags)) || (a.digest < b.digest ? -1 : 1);
}

export const greatestOf = (tags: readonly string[]): string =>
  tags.reduce((most, tag) => (naturally(tag, most) > 0 ? tag : most), '');

/** Whether most of a tree's tags, if there are enough of them, share one second. */
export function mostTimesEqual({ repositories }: Pick<Facts, 'repositories'>): boolean {
  const counts = new Map<number, number>();
  let all = 0;
  for (const { tags } of repositories) {
    all += tags.changed.length;
    for (const time of tags.changed) counts.set(time, (counts.get(time) ?? 0) + 1);
  }
  return all >= ENOUGH && [...counts.values()].some((count) => count * 2 > all);
}

/** From here on, times are judged by how many of them coincide. */
const ENOUGH = 5;

/**
 * Whether push times look like those of a restored backup or a bulk copy, and not like pushes:
 * at least five images with no more than half as many different seconds, or three or four that
 * all share one.
 */
export function suspiciousTimes(images: readonly ImageView[]): boolean {
  const times = images.map((image) => image.pushedAt).filter((time) => time > 0);
  const distinct = new Set(times).size;
  if (times.length >= ENOUGH) return distinct * 2 <= times.length;
  return times.length >= 3 && distinct === 1;
}
