/** When an image was last used, as far as the records of pulls tell. */
import type { ImageView, Moment } from '../model/types.js';

/**
 * Seconds since 1970. Without a record an image counts as pulled when the records begin, and no
 * earlier than it was pushed, tagged or untagged. Without records at all it counts as pulled now.
 */
export function lastUse(image: ImageView, { now, pullsSince }: Moment): number {
  const { pulledAt = 0, pushedAt, touchedAt = 0 } = image;
  return Math.max(pulledAt, pushedAt, touchedAt, pullsSince ?? now);
}

/**
 * The images with their last pulls: by a tag, by their digest, and of an index and its children the
 * later of both, since a client asks for one and then for the other.
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
