/** What protects images from a policy's rules: `protect`, named digests, and a recent change. Pure. */
import { exactDuration } from '../../util/duration.js';
import { anyMatches } from '../../util/pattern/index.js';
import type { DecideOptions, ImageView, Policy, PolicyVerdict } from '../model/types.js';

export const PROTECTED = 'protect: its digest';

/** @returns why an image stays whatever the rules say; undefined if nothing protects it */
export type Protection = (view: ImageView) => string | undefined;

export function protectionOf(
  { protect }: Policy,
  { protected: others }: DecideOptions,
): Protection {
  const matches = anyMatches(protect.tags, 'tag');
  const digests = new Set(protect.digests);
  return (view) => {
    if (digests.has(view.digest)) return PROTECTED;
    const reason = others?.get(view.digest);
    if (reason !== undefined) return reason;
    const tag = view.tags.find(matches);
    return tag === undefined ? undefined : `protect: ${tag}`;
  };
}

/** Keeps images that were changed within `--min-age`, because a push may be in progress. */
export function recentlyChanged({ minAge = 0 }: DecideOptions, now: number): Protection {
  return ({ pushedAt, touchedAt = 0 }) =>
    now - Math.max(pushedAt, touchedAt) < minAge
      ? `newer than --min-age ${exactDuration(minAge)}`
      : undefined;
}

export const firstReason =
  (first: Protection, second: Protection): Protection =>
  (view) =>
    first(view) ?? second(view);

/** Keeps protected images. Rules count them before, but do not expire them. */
export function protectedFrom(
  verdicts: ReadonlyMap<string, PolicyVerdict>,
  images: readonly ImageView[],
  protection: Protection,
): Map<string, PolicyVerdict> {
  const out = new Map(verdicts);
  for (const image of images) {
    const reason = protection(image);
    if (reason !== undefined) out.set(image.digest, { expire: false, reason });
  }
  return out;
}
