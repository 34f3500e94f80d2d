/**
 * Evaluates rules as AWS ECR does. Each rule counts all images as if nothing had expired. An image
 * can be expired only by the first rule, by priority, whose tag selection matches it. See
 * "Lifecycle policy evaluation rules" in the Amazon ECR User Guide.
 */
import { DAY } from '../../util/duration.js';
import type {
  EcrRetention,
  EcrRule,
  Evaluator,
  ImageView,
  Moment,
  PolicyVerdict,
} from '../model/types.js';
import { lastUse } from './pulls.js';
import { selectionText, selector } from './tags.js';
import { newest, pushTimeOf } from './times.js';

interface Bound {
  readonly rule: EcrRule;
  readonly selects: (tags: readonly string[]) => boolean;
}

export function ecrEvaluator(retention: EcrRetention, moment: Moment): Evaluator {
  const bound = retention.rules.map((rule) => ({ rule, selects: selector(rule.selection) }));
  return {
    needsPushTimes: retention.rules.some(({ limit }) => limit.kind !== 'pulled'),
    ageBy: 'pushed',
    verdicts: (images) => verdicts(bound, images, moment),
    keepsFollower: (follower, rule, images) => {
      const claim = bound.find(({ selects }) => selects(follower.tags));
      if (claim === undefined || claim.rule.priority !== rule) {
        return 'has other tags, which the rule that expires its parent does not select';
      }
      const within = withinOf(claim, [...images, follower], moment);
      return within(follower) ? `within ${ruleText(claim.rule)}` : undefined;
    },
  };
}

type Within = (image: ImageView) => boolean;

function verdicts(
  bound: readonly Bound[],
  images: readonly ImageView[],
  moment: Moment,
): ReadonlyMap<string, PolicyVerdict> {
  const limits = bound.map((one) => withinOf(one, images, moment));
  return new Map(
    images.map((image) => {
      const claim = bound.findIndex(({ selects }) => selects(image.tags));
      return [image.digest, judge(bound[claim]?.rule, limits[claim], image)];
    }),
  );
}

function withinOf(
  { rule: { limit }, selects }: Bound,
  images: readonly ImageView[],
  moment: Moment,
): Within {
  if (limit.kind === 'age') return withinDays(limit.days, moment.now);
  if (limit.kind === 'pulled') {
    return (image) => lastUse(image, moment) >= moment.now - limit.days * DAY;
  }
  const selected = images.filter((image) => selects(image.tags));
  const kept = newest(selected, limit.images, 'pushed', moment.trusted);
  return (image) => kept.has(image);
}

const withinDays =
  (days: number, now: number): Within =>
  (image) =>
    (pushTimeOf(image, 'pushed') ?? now) >= now - days * DAY;

function judge(
  rule: EcrRule | undefined,
  within: Within | undefined,
  image: ImageView,
): PolicyVerdict {
  if (rule === undefined || within === undefined) {
    return { expire: false, reason: 'no rule selects it' };
  }
  if (pushTimeOf(image, 'pushed') === undefined) {
    return { expire: false, reason: 'its push time is unknown' };
  }
  if (within(image)) return { expire: false, reason: `within ${ruleText(rule)}` };
  return { expire: true, reason: ruleText(rule), rule: rule.priority };
}

/**
 * @returns `rule 10: "expire untagged after 14 days"`, or a summary if the rule has no description
 */
export function ruleText(rule: EcrRule): string {
  if (rule.description !== undefined && rule.description !== '') {
    return `rule ${rule.priority}: "${rule.description}"`;
  }
  return `rule ${rule.priority}: ${selectionText(rule.selection)}, ${limitText(rule.limit)}`;
}

function limitText(limit: EcrRule['limit']): string {
  if (limit.kind === 'count') return `more than ${limit.images} images`;
  const last = limit.kind === 'age' ? 'pushed' : 'last pulled';
  return `${last} more than ${limit.days} days ago`;
}
