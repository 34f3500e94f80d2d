/**
 * Children of an index, referrers and cosign's attachments are no images of their own: each goes
 * when everything it belongs to goes. Cycles, and what belongs to something that isn't here, stay.
 */

import type { Evaluator, ImageView, PolicyVerdict } from '../model/types.js';
import { ownTags, subjectOfTag } from './tags.js';

export interface ImageFamily {
  /** By digest. */
  readonly views: ReadonlyMap<string, ImageView>;
  /** What a digest belongs to, sorted; absent digests included. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  readonly followers: ReadonlyMap<string, readonly string[]>;
}

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
 * Adds to the expired images the followers that go with them.
 * @param expired verdicts of the images that go; not changed
 * @param keepsAnyway why a follower stays whatever it follows (protection), or undefined
 * @param images those that the evaluator judged
 */
export function withFollowers(
  family: ImageFamily,
  expired: ReadonlyMap<string, PolicyVerdict>,
  evaluator: Evaluator,
  keepsAnyway: (follower: ImageView) => string | undefined,
  images: readonly ImageView[] = [],
): {
  readonly gone: ReadonlyMap<string, PolicyVerdict>;
  readonly kept: ReadonlyMap<string, string>;
} {
  const gone = new Map(expired);
  const kept = new Map<string, string>();
  const waiting = new Map([...family.parents].map(([digest, of]) => [digest, of.length]));
  const queue = [...expired.keys()];
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    for (const digest of family.followers.get(parent) ?? []) {
      const left = (waiting.get(digest) ?? 0) - 1;
      waiting.set(digest, left);
      const view = family.views.get(digest);
      if (left > 0 || view === undefined || gone.has(digest)) continue;
      const of = family.parents.get(digest) ?? [];
      const reason =
        view.pinned ?? keepsAnyway(view) ?? ownReason(view, of, gone, evaluator, images);
      if (reason !== undefined) {
        kept.set(digest, reason);
        continue;
      }
      gone.set(digest, inherited(of[0]!, gone.get(of[0]!)!));
      queue.push(digest);
    }
  }
  return { gone, kept };
}

/** Tags that a person gave to a follower are only taken by a rule that selects them too. */
function ownReason(
  view: ImageView,
  parents: readonly string[],
  gone: ReadonlyMap<string, PolicyVerdict>,
  evaluator: Evaluator,
  images: readonly ImageView[],
): string | undefined {
  const tags = ownTags(view.tags);
  if (tags.length === 0) return undefined;
  const own = { ...view, tags };
  for (const parent of parents) {
    const reason = evaluator.keepsFollower(own, gone.get(parent)?.rule, images);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

const FOLLOWS = /^follows \S+: /;

function inherited(parent: string, verdict: PolicyVerdict): PolicyVerdict {
  return { ...verdict, reason: `follows ${parent}: ${verdict.reason.replace(FOLLOWS, '')}` };
}
