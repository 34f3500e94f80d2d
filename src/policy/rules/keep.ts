/**
 * Evaluates rules in regsweep's own form. An image is kept if any rule that selects it keeps it.
 */
import { exactDuration } from '../../util/duration.js';
import { anyMatches } from '../../util/pattern/index.js';
import type {
  Evaluator,
  ImageView,
  KeepRetention,
  KeepRule,
  Moment,
  PolicyVerdict,
} from '../model/types.js';
import { keptLast } from './keep-last.js';
import { lastUse } from './pulls.js';
import { pushTimeOf } from './times.js';
import { versionOf } from './versions.js';

/** @returns a reason to keep an image, or undefined */
type Keeper = (image: ImageView) => string | undefined;

interface Bound {
  readonly rule: KeepRule;
  /** @returns the tags by which the rule selects an image; undefined if it does not */
  readonly selects: (image: ImageView) => readonly string[] | undefined;
  /** The criteria that judge an image independently of other images. */
  readonly independent: Keeper;
}

export function keepEvaluator(retention: KeepRetention, moment: Moment): Evaluator {
  const bound = retention.rules.map((rule) => bind(rule, retention, moment));
  const unknown = knownTime(retention);
  const keepersFor = (images: readonly ImageView[]): Keeper[] =>
    bound.map(({ rule, selects, independent: alone }) => {
      const last = keptLast(rule, retention.ageBy, images, selects, moment.trusted);
      return firstOf([
        alone,
        (image) => (last.has(image) ? `keepLast: ${rule.keepLast}` : undefined),
      ]);
    });
  const judge = (image: ImageView, keepers: readonly Keeper[]): PolicyVerdict => {
    const selecting = bound.map((_, i) => i).filter((i) => bound[i]!.selects(image) !== undefined);
    if (selecting.length === 0) return kept('no rule selects it');
    const why = unknown(image);
    if (why !== undefined) return kept(why);
    for (const i of selecting) {
      const reason = keepers[i]!(image);
      if (reason !== undefined) return kept(`${reason}${ruleName(retention, i)}`);
    }
    const texts = selecting.map(
      (i) => keepText(retention, bound[i]!.rule) + ruleName(retention, i),
    );
    const reason = `not kept by ${texts.join(', nor by ')}`;
    return { expire: true, reason, ...(retention.grouped ? { rule: selecting[0]! + 1 } : {}) };
  };
  return {
    needsPushTimes: retention.rules.some((rule) => needsPushTimes(rule, retention)),
    ageBy: retention.ageBy,
    verdicts: (images) => {
      const keepers = keepersFor(images);
      return new Map(images.map((image) => [image.digest, judge(image, keepers)]));
    },
    keepsFollower: (follower, _rule, images) => {
      const { expire, reason } = judge(follower, keepersFor([...images, follower]));
      return expire ? undefined : reason;
    },
  };
}

const kept = (reason: string): PolicyVerdict => ({ expire: false, reason });

function bind(rule: KeepRule, retention: KeepRetention, moment: Moment): Bound {
  const alone = firstOf([
    keepTags(rule),
    keepWithin(rule, retention, moment),
    minAge(rule, moment),
    pulledWithin(rule, moment),
  ]);
  return { rule, selects: selectorOf(rule), independent: alone };
}

function selectorOf({ except = [], ...rule }: KeepRule): Bound['selects'] {
  const selects = selectorOfTags(rule);
  const isException = anyMatches(except, 'tag');
  return (image) => (image.tags.some(isException) ? undefined : selects(image));
}

function selectorOfTags({ select, sortBy }: Pick<KeepRule, 'select' | 'sortBy'>): Bound['selects'] {
  if (select === 'untagged') return ({ tags }) => (tags.length === 0 ? [] : undefined);
  const matches = select === 'all' ? () => true : anyMatches(select, 'tag');
  const isSelected =
    sortBy === 'semver' ? (tag: string) => matches(tag) && versionOf(tag) !== undefined : matches;
  return ({ tags }) => {
    const selected = tags.filter(isSelected);
    if (selected.length > 0) return selected;
    return select === 'all' && sortBy === 'pushed' ? selected : undefined;
  };
}

function needsPushTimes(rule: KeepRule, { ageBy }: KeepRetention): boolean {
  if (rule.minAge !== undefined) return true;
  if (ageBy !== 'pushed') return false;
  const counts = rule.keepLast !== undefined && rule.sortBy === 'pushed';
  return counts || rule.keepWithin !== undefined;
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
  return (image) => (pushTimeOf(image, ageBy) === undefined ? `${what} is unknown` : undefined);
}

function keepTags({ keepTags: patterns = [] }: KeepRule): Keeper {
  const matches = anyMatches(patterns, 'tag');
  return (image) => {
    const tag = image.tags.find(matches);
    return tag === undefined ? undefined : `keepTags: ${tag}`;
  };
}

function keepWithin(
  { keepWithin: span }: KeepRule,
  { ageBy }: KeepRetention,
  { now }: Moment,
): Keeper {
  if (span === undefined) return () => undefined;
  const reason = `keepWithin: ${exactDuration(span)}`;
  return (image) => (now - (pushTimeOf(image, ageBy) ?? now) <= span ? reason : undefined);
}

function minAge({ minAge: span }: KeepRule, { now }: Moment): Keeper {
  if (span === undefined) return () => undefined;
  const reason = `newer than minAge ${exactDuration(span)}`;
  return (image) => (now - (pushTimeOf(image, 'pushed') ?? now) <= span ? reason : undefined);
}

function pulledWithin({ pulledWithin: span }: KeepRule, moment: Moment): Keeper {
  if (span === undefined) return () => undefined;
  const reason = `pulledWithin: ${exactDuration(span)}`;
  return (image) => (moment.now - lastUse(image, moment) <= span ? reason : undefined);
}

const ruleName = ({ grouped }: KeepRetention, index: number): string =>
  grouped ? ` (rule ${index + 1})` : '';

/**
 * @returns the rule as text: `dev-*: keepLast 5, keepWithin 30d`; without the selection if it is
 *   `all`
 */
function keepText({ ageBy }: Pick<KeepRetention, 'ageBy'>, rule: KeepRule): string {
  const { select, keepLast, keepWithin: within, keepTags: tags, minAge: minimum, sortBy } = rule;
  const criteria = [
    keepLast === undefined ? '' : `keepLast ${keepLast}`,
    keepLast === undefined || sortBy === 'pushed' ? '' : `sortBy ${sortBy}`,
    within === undefined ? '' : `keepWithin ${exactDuration(within)}`,
    rule.pulledWithin === undefined ? '' : `pulledWithin ${exactDuration(rule.pulledWithin)}`,
    tags === undefined ? '' : `keepTags ${tags.join(' ')}`,
    minimum === undefined ? '' : `minAge ${exactDuration(minimum)}`,
    ageBy === 'created' ? 'ageBy created' : '',
  ];
  const text = criteria.filter((part) => part !== '').join(', ');
  if (select === 'all') return text;
  const except = rule.except === undefined ? '' : ` except ${rule.except.join(' ')}`;
  return `${select === 'untagged' ? select : select.join(' ')}${except}: ${text}`;
}
