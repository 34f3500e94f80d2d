/**
 * Followers are children of an index, referrers, and cosign attachments. A follower expires when
 * everything that it belongs to expires. Cycles are kept, and so are followers of something that is
 * not in this repository.
 */

import type { Evaluator, ImageView, PolicyVerdict } from '../model/types.js';
import { manualTags, subjectOfTag } from './tags.js';

export interface ImageFamily {
  /** By digest. */
  readonly views: ReadonlyMap<string, ImageView>;
  /** The digests that an image belongs to, sorted, including missing ones. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  readonly followers: ReadonlyMap<string, readonly string[]>;
}

/**
 * Builds the relations between the manifests of one repository. Missing children are ignored;
 * missing subjects are kept as parents.
 */
export function familyOf(views: readonly ImageView[]): ImageFamily {
  const parents = new Map<string, Set<string>>();
  const followers = new Map<string, Set<string>>();
  const link = (parent: string, follower: string) => {
    setOf(parents, follower).add(parent);
    setOf(followers, parent).add(follower);
  };
  const byDigest = new Map(views.map((view) => [view.digest, view]));
  for (const view of views) {
    for (const child of view.children ?? []) {
      if (child !== view.digest && byDigest.has(child)) link(view.digest, child);
    }
    for (const subject of subjectsOf(view)) link(subject, view.digest);
  }
  return { views: byDigest, parents: sorted(parents), followers: sorted(followers) };
}

function subjectsOf({ attachedTo = [], tags }: ImageView): string[] {
  const fromTags = tags.map(subjectOfTag).filter((digest) => digest !== undefined);
  return [...attachedTo, ...fromTags];
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = new Set<string>();
  map.set(key, made);
  return made;
}

function sorted(map: Map<string, Set<string>>): Map<string, readonly string[]> {
  return new Map([...map].map(([key, set]) => [key, [...set].sort()]));
}

/**
 * Adds followers to the expired images.
 * @param expired verdicts by digest; not changed
 * @param keepsAnyway returns why a follower is kept in any case (protection), or undefined
 * @param images the images that the evaluator judged
 * @returns verdicts of all expired images, and the reasons of the followers that are kept, by
 *   digest
 */
export function withFollowers(
  family: ImageFamily,
  expired: ReadonlyMap<string, PolicyVerdict>,
  evaluator: Evaluator,
  keepsAnyway: (follower: ImageView) => string | undefined,
  images: readonly ImageView[] = [],
): {
  readonly expiring: ReadonlyMap<string, PolicyVerdict>;
  readonly kept: ReadonlyMap<string, string>;
} {
  const expiring = new Map(expired);
  const kept = new Map<string, string>();
  const remaining = new Map([...family.parents].map(([digest, of]) => [digest, of.length]));
  const queue = [...expired.keys()];
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    for (const digest of family.followers.get(parent) ?? []) {
      const unexpired = (remaining.get(digest) ?? 0) - 1;
      remaining.set(digest, unexpired);
      const view = family.views.get(digest);
      if (unexpired > 0 || view === undefined || expiring.has(digest)) continue;
      const of = family.parents.get(digest) ?? [];
      const reason =
        view.pinned ?? keepsAnyway(view) ?? ownReason(view, of, expiring, evaluator, images);
      if (reason !== undefined) {
        kept.set(digest, reason);
        continue;
      }
      expiring.set(digest, inherited(of[0]!, expiring.get(of[0]!)!));
      queue.push(digest);
    }
  }
  return { expiring, kept };
}

/** A follower with tags given by a person expires only if the rule selects these tags too. */
function ownReason(
  view: ImageView,
  parents: readonly string[],
  expiring: ReadonlyMap<string, PolicyVerdict>,
  evaluator: Evaluator,
  images: readonly ImageView[],
): string | undefined {
  const tags = manualTags(view.tags);
  if (tags.length === 0) return undefined;
  const own = { ...view, tags };
  for (const parent of parents) {
    const reason = evaluator.keepsFollower(own, expiring.get(parent)?.rule, images);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

const FOLLOWS = /^follows \S+: /;

function inherited(parent: string, verdict: PolicyVerdict): PolicyVerdict {
  return { ...verdict, reason: `follows ${parent}: ${verdict.reason.replace(FOLLOWS, '')}` };
}
