/**
 * AWS's evaluation: every rule looks at all images as if nothing had expired, and an image may be
 * expired only by the first rule (by priority) whose tagging requirements it meets.
 */
import { DAY } from './duration.js';
import { selectionText, selector } from './tags.js';
import { cutoff, timeOf } from './times.js';
import type { EcrRetention, EcrRule, Evaluator, ImageView, RuleLimit, Verdict } from './types.js';

interface Bound {
  readonly rule: EcrRule;
  readonly selects: (tags: readonly string[]) => boolean;
}

/** @param now seconds since 1970 */
export function ecrEvaluator(retention: EcrRetention, now: number): Evaluator {
  const bound = retention.rules.map((rule) => ({ rule, selects: selector(rule.selection) }));
  return {
    needsPushTimes: true,
    ageBy: 'pushed',
    verdicts: (images) => verdicts(bound, images, now),
    keepsFollower: (follower, rule) => keepsFollower(bound, follower, rule, now),
  };
}

function verdicts(
  bound: readonly Bound[],
  images: readonly ImageView[],
  now: number,
): ReadonlyMap<string, Verdict> {
  const limits = bound.map(({ rule, selects }) =>
    oldestKept(
      rule.limit,
      images.filter((image) => selects(image.tags)),
      now,
    ),
  );
  return new Map(
    images.map((image) => {
      const claim = bound.findIndex(({ selects }) => selects(image.tags));
      return [image.digest, judge(bound[claim]?.rule, limits[claim], image)];
    }),
  );
}

/** Images pushed at this second or later are within the limit. */
function oldestKept(limit: RuleLimit, selected: readonly ImageView[], now: number): number {
  if (limit.kind === 'age') return now - limit.days * DAY;
  const times = selected.map((image) => timeOf(image, 'pushed'));
  return cutoff(
    times.filter((time) => time !== undefined),
    limit.images,
  );
}

function judge(rule: EcrRule | undefined, oldest: number | undefined, image: ImageView): Verdict {
  if (rule === undefined || oldest === undefined) {
    return { expire: false, reason: 'no rule selects it' };
  }
  const time = timeOf(image, 'pushed');
  if (time === undefined) return { expire: false, reason: 'its push time is not known' };
  if (time >= oldest) return { expire: false, reason: `within ${ruleText(rule)}` };
  return { expire: true, reason: ruleText(rule), rule: rule.priority };
}

function keepsFollower(
  bound: readonly Bound[],
  follower: ImageView,
  priority: number | undefined,
  now: number,
): string | undefined {
  const claim = bound.find(({ selects }) => selects(follower.tags))?.rule;
  if (claim === undefined || claim.priority !== priority) {
    return 'has tags of its own, which the rule that expires its parent does not select';
  }
  if (claim.limit.kind === 'count') return undefined;
  const time = timeOf(follower, 'pushed');
  const old = time !== undefined && time < oldestKept(claim.limit, [], now);
  return old ? undefined : `within ${ruleText(claim)}`;
}

/** `rule 10: "expire untagged after 14 days"`, or what the rule does where it has no description. */
export function ruleText(rule: EcrRule): string {
  if (rule.description !== undefined && rule.description !== '') {
    return `rule ${rule.priority}: "${rule.description}"`;
  }
  const limit =
    rule.limit.kind === 'count'
      ? `more than ${rule.limit.images} images`
      : `pushed more than ${rule.limit.days} days ago`;
  return `rule ${rule.priority}: ${selectionText(rule.selection)}, ${limit}`;
}
