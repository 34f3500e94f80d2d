/** keepLast, keepWithin, keepTags, minAge: an image stays if any of them says so. */
import { exactDuration } from '../../util/duration.js';
import { anyMatches } from '../../util/pattern/index.js';
import type { Evaluator, ImageView, KeepRetention, PolicyVerdict } from '../model/types.js';
import { pushTimeOf, youngest } from './times.js';

/** A reason to keep an image, or undefined. */
type Keeper = (image: ImageView) => string | undefined;

/**
 * @param now seconds since 1970
 * @param trusted push times are right, so that those of one second are told apart
 */
export function keepEvaluator(retention: KeepRetention, now: number, trusted: boolean): Evaluator {
  const exactly = trusted && retention.ageBy === 'pushed';
  const alone = firstOf([
    knownTime(retention),
    keepTags(retention),
    keepWithin(retention, now),
    minAge(retention, now),
  ]);
  return {
    needsPushTimes: needsPushTimes(retention),
    ageBy: retention.ageBy,
    verdicts: (images) => {
      const keeper = firstOf([alone, keepLast(retention, images, exactly)]);
      return new Map(images.map((image) => [image.digest, judge(keeper(image), retention)]));
    },
    keepsFollower: (follower, _rule, images) =>
      alone(follower) ?? keepLast(retention, [...images, follower], exactly)(follower),
  };
}

function needsPushTimes({
  ageBy,
  keepLast: last,
  keepWithin: within,
  minAge: least,
}: KeepRetention) {
  return least !== undefined || (ageBy === 'pushed' && (last ?? within) !== undefined);
}

function judge(kept: string | undefined, retention: KeepRetention): PolicyVerdict {
  return kept === undefined
    ? { expire: true, reason: `not kept by ${keepText(retention)}` }
    : { expire: false, reason: kept };
}

const firstOf =
  (keepers: readonly Keeper[]): Keeper =>
  (image) => {
    for (const keeper of keepers) {
      const reason = keeper(image);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };

function knownTime({ ageBy }: KeepRetention): Keeper {
  const what = ageBy === 'created' ? 'its creation time' : 'its push time';
  return (image) => (pushTimeOf(image, ageBy) === undefined ? `${what} is not known` : undefined);
}

function keepTags({ keepTags: globs = [] }: KeepRetention): Keeper {
  const matches = anyMatches(globs, 'tag');
  return (image) => {
    const tag = image.tags.find(matches);
    return tag === undefined ? undefined : `keepTags: ${tag}`;
  };
}

function keepWithin({ keepWithin: span, ageBy }: KeepRetention, now: number): Keeper {
  if (span === undefined) return () => undefined;
  const reason = `keepWithin: ${exactDuration(span)}`;
  return (image) => (now - (pushTimeOf(image, ageBy) ?? now) <= span ? reason : undefined);
}

function minAge({ minAge: span }: KeepRetention, now: number): Keeper {
  if (span === undefined) return () => undefined;
  const reason = `younger than minAge ${exactDuration(span)}`;
  return (image) => (now - (pushTimeOf(image, 'pushed') ?? now) <= span ? reason : undefined);
}

/**
 * The youngest images. Tagged ones come first, whatever their age: the untagged leftovers of a
 * tag that moves often never push a tagged image out.
 */
function keepLast(
  { keepLast: count, ageBy }: KeepRetention,
  images: readonly ImageView[],
  exactly: boolean,
): Keeper {
  if (count === undefined) return () => undefined;
  const known = images.filter((image) => pushTimeOf(image, ageBy) !== undefined);
  const tagged = known.filter((image) => image.tags.length > 0);
  const untagged = known.filter((image) => image.tags.length === 0);
  const kept = new Set([
    ...youngest(tagged, count, ageBy, exactly),
    ...youngest(untagged, Math.max(0, count - tagged.length), ageBy, exactly),
  ]);
  return (image) => (kept.has(image) ? `keepLast: ${count}` : undefined);
}

function keepText(retention: KeepRetention): string {
  const { keepLast: last, keepWithin: within, keepTags: tags, minAge: least, ageBy } = retention;
  return [
    last === undefined ? '' : `keepLast ${last}`,
    within === undefined ? '' : `keepWithin ${exactDuration(within)}`,
    tags === undefined ? '' : `keepTags ${tags.join(' ')}`,
    least === undefined ? '' : `minAge ${exactDuration(least)}`,
    ageBy === 'created' ? 'ageBy created' : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}
