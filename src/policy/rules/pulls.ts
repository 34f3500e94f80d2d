/** The last use of images, from the records of pulls. */
import type { ImageView, Moment } from '../model/types.js';

/**
 * @returns the last use, in seconds since 1970. An image without a recorded pull counts as pulled
 *   when the records began, or when it was last pushed, tagged or untagged. Without any records it
 *   counts as pulled now
 */
export function lastUse(image: ImageView, { now, pullsSince }: Moment): number {
  const { pulledAt = 0, pushedAt, touchedAt = 0 } = image;
  return Math.max(pulledAt, pushedAt, touchedAt, pullsSince ?? now);
}

/**
 * Adds the last pull to images: by tag, by digest, and for an index and its children the later of
 * both, because clients request an index first and then one of its children.
 */
export function withPulls(
  images: readonly ImageView[],
  lastPull: (reference: string) => number,
): ImageView[] {
  const last = new Map<string, number>();
  for (const { digest, tags } of images) {
    last.set(digest, Math.max(lastPull(digest), ...tags.map(lastPull)));
  }
  const known = new Map(last);
  const raise = (digest: string, time: number): void => {
    if (time > (known.get(digest) ?? 0)) known.set(digest, time);
  };
  for (const { digest, children = [] } of images) {
    for (const child of children) {
      raise(child, last.get(digest)!);
      raise(digest, last.get(child) ?? 0);
    }
  }
  return images.map((image) => {
    const pulledAt = known.get(image.digest)!;
    return pulledAt === 0 ? image : { ...image, pulledAt };
  });
}
