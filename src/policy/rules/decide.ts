/** Applies a policy to all manifests of one repository. Pure. */
import { anyMatches } from '../../util/pattern/index.js';
import type {
  DecideOptions,
  Decision,
  Evaluator,
  ImageView,
  Moment,
  Policy,
  PolicyEntry,
  PolicyVerdict,
} from '../model/types.js';
import { ecrEvaluator } from './ecr.js';
import { familyOf, type ImageFamily, withFollowers } from './followers.js';
import { keepEvaluator } from './keep.js';
import { firstReason, protectedFrom, protectionOf, recentlyChanged } from './protect.js';
import { newest, pushTimeOf, suspiciousTimes, timeSourceOf } from './times.js';

/** @returns the entry that applies to a repository; undefined if none does, and nothing expires */
export function entryFor(policy: Policy, repository: string): PolicyEntry | undefined {
  return policy.entries.find((entry) => anyMatches(entry.match, 'repository')(repository));
}

/**
 * @param images every manifest that the repository links, in any order, each digest once
 * @param now seconds since 1970
 * @returns one decision for each image, the latest push first, then by digest
 */
export function decideImages(
  policy: Policy,
  repository: string,
  images: readonly ImageView[],
  now: number,
  options: DecideOptions = {},
): Decision[] {
  const family = familyOf(images);
  const entry = entryFor(policy, repository);
  if (entry === undefined) {
    return keepAll(family, 'no entry of the policy matches this repository');
  }
  const trusted = options.trustMtimes === true;
  const evaluator = evaluatorOf(entry, { now, trusted, pullsSince: options.pullsSince });
  const counted = images.filter((view) => isCounted(family, view));
  if (evaluator.needsPushTimes && !trusted) {
    if (options.timesSuspicious === true || suspiciousTimes(counted)) {
      return keepAll(family, EQUAL_TIMES);
    }
  }
  const protection = firstReason(protectionOf(policy, options), recentlyChanged(options, now));
  const byRules = new Map(evaluator.verdicts(counted));
  if (options.allowEmpty !== true) keepLastImage(byRules, counted, evaluator, trusted);
  const verdicts = protectedFrom(byRules, counted, protection);
  const expired = new Map([...verdicts].filter(([, verdict]) => verdict.expire));
  const { expiring, kept } = withFollowers(family, expired, evaluator, protection, counted);
  return decisions(family, evaluator, (view) => {
    const verdict = expiring.get(view.digest) ?? verdicts.get(view.digest);
    return verdict ?? { expire: false, reason: kept.get(view.digest) ?? keptReason(view) };
  });
}

export const EQUAL_TIMES =
  'most push times here are equal (a restored backup or a bulk copy), so ages are unknown; if they are right, add --trust-mtimes';

/** @returns whether any entry depends on push times */
export const goesByPushTimes = ({ entries }: Policy): boolean =>
  entries.some((entry) => evaluatorOf(entry, { now: 0, trusted: false }).needsPushTimes);

function evaluatorOf({ retention }: PolicyEntry, moment: Moment): Evaluator {
  return retention.kind === 'ecr'
    ? ecrEvaluator(retention, moment)
    : keepEvaluator(retention, moment);
}

/** @returns whether rules count an image: it is not pinned and belongs to no other image */
function isCounted(family: ImageFamily, view: ImageView): boolean {
  return view.pinned === undefined && !family.parents.has(view.digest);
}

const keptReason = (view: ImageView): string =>
  view.pinned ?? 'belongs to an image that is kept or missing';

/**
 * Keeps the latest image if all tagged images would expire; in a repository without tags, if all
 * images would. Protection is ignored here, so that protecting one image never makes another
 * expire.
 */
function keepLastImage(
  verdicts: Map<string, PolicyVerdict>,
  images: readonly ImageView[],
  { ageBy }: Evaluator,
  trusted: boolean,
): void {
  const tagged = images.filter((image) => image.tags.length > 0);
  const candidates = tagged.length > 0 ? tagged : images;
  if (!candidates.every((image) => verdicts.get(image.digest)!.expire)) return;
  const known = candidates.filter((image) => pushTimeOf(image, ageBy) !== undefined);
  const last = newest(known, 1, ageBy, trusted && ageBy === 'pushed');
  for (const { digest } of known.length > 0 ? last : candidates) {
    verdicts.set(digest, { expire: false, reason: LAST_IMAGE });
  }
}

const LAST_IMAGE = 'the last image of the repository; to expire it too, add --allow-empty';

function keepAll(family: ImageFamily, reason: string): Decision[] {
  return decisions(family, undefined, () => ({ expire: false, reason }));
}

function decisions(
  family: ImageFamily,
  evaluator: Evaluator | undefined,
  verdictOf: (view: ImageView) => PolicyVerdict,
): Decision[] {
  const ageBy = evaluator?.ageBy ?? 'pushed';
  return [...family.views.values()].sort(latestFirst).map((image) => {
    const { expire, reason, rule } = verdictOf(image);
    return {
      image,
      action: expire ? 'expire' : 'keep',
      reason,
      ...(expire && rule !== undefined ? { rule } : {}),
      timeSource: timeSourceOf(image, ageBy),
      follower: family.parents.has(image.digest),
    };
  });
}

function latestFirst(a: ImageView, b: ImageView): number {
  return b.pushedAt - a.pushedAt || (a.digest < b.digest ? -1 : 1);
}

/** @returns decisions that keep every manifest, with one reason */
export const keepEverything = (images: readonly ImageView[], reason: string): Decision[] =>
  keepAll(familyOf(images), reason);
