/** Ages and orders of images. Equal times are never told apart: what ties with a kept image stays. */
import type { Facts } from '../facts/types.js';
import type { AgeBy, ImageView, TimeSource } from './types.js';

/** Seconds since 1970, or undefined where it isn't known. */
export function timeOf(image: ImageView, ageBy: AgeBy): number | undefined {
  const time = ageBy === 'created' ? image.createdAt : image.pushedAt;
  return time !== undefined && time > 0 ? time : undefined;
}

export function timeSourceOf(image: ImageView, ageBy: AgeBy): TimeSource {
  if (ageBy === 'created') return 'created';
  return image.tags.length > 0 ? 'tag-link' : 'revision-link';
}

/** The time of the `count`-th youngest, so that all at least as young stay; -Infinity if all do. */
export function cutoff(times: readonly number[], count: number): number {
  if (times.length <= count) return Number.NEGATIVE_INFINITY;
  return [...times].sort((a, b) => b - a)[count - 1] ?? Number.POSITIVE_INFINITY;
}

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
