/**
 * Signatures, attestations and other referrers whose subject was deleted: nothing holds it any
 * more, and the repository itself shows that it had it.
 */
import { tombstonesOf } from '../../facts/tombstones.js';
import {
  type Facts,
  NO_NODE,
  nodeOf,
  positionIn,
  type RepositoryFacts,
} from '../../facts/types.js';
import type { Removals } from '../../graph/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import type { Evaluator, ImageView, PolicyVerdict } from '../model/types.js';
import { familyOf, withFollowers } from '../rules/followers.js';
import { imagesOf } from '../rules/images.js';
import { subjectOfTag } from '../rules/tags.js';
import { removalsOf } from './removals.js';

export interface OrphanOptions {
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds; what was touched since stays. */
  readonly minAge: number;
  readonly inScope: (repository: string) => boolean;
  /** It is not on the disk, or goes in this run, and won't come back from quarantine. */
  readonly isGone: (digest: Digest) => boolean;
  /** Whether a revision goes in this run: by repository and position. */
  readonly goesNow: (repository: number, position: number) => boolean;
  /** What earlier runs took away, by repository. */
  readonly remembered: ReadonlyMap<string, ReadonlySet<Digest>>;
}

export function orphanRemovals(facts: Facts, options: OrphanOptions): Removals {
  const tombstones = tombstonesOf(facts);
  const gone = new Map<string, ReadonlyMap<string, PolicyVerdict>>();
  const views = new Map<string, readonly ImageView[]>();
  for (const [index, repository] of facts.repositories.entries()) {
    if (!mayJudge(repository, options)) continue;
    const images = imagesOf(facts, index);
    const subjects = deletedSubjects(facts, index, images, tombstones, options);
    if (subjects.size === 0) continue;
    views.set(repository.name, images);
    gone.set(repository.name, orphansAmong(images, subjects, options));
  }
  return removalsOf(views, gone);
}

const mayJudge = (
  { name, keepAllReason, immovable }: RepositoryFacts,
  { inScope }: OrphanOptions,
): boolean => keepAllReason === undefined && immovable === undefined && inScope(name);

/** Subjects that are gone, each with how that shows. */
function deletedSubjects(
  facts: Facts,
  index: number,
  images: readonly ImageView[],
  tombstones: ReadonlyMap<string, ReadonlySet<Digest>>,
  { isGone, goesNow, remembered }: OrphanOptions,
): Map<Digest, string> {
  const { name, history, revisions } = facts.repositories[index]!;
  const found = new Map<Digest, string>();
  for (const { tags, attachedTo = [] } of images) {
    const named = [...tags.map(subjectOfTag), ...attachedTo.map(parseDigest)];
    for (const digest of named) {
      if (digest === undefined || found.has(digest)) continue;
      const node = nodeOf(facts, digest) ?? NO_NODE;
      const position = positionIn(revisions.node, node);
      if (position >= 0 && !goesNow(index, position)) continue;
      if (!isGone(digest)) continue;
      if (position >= 0) found.set(digest, 'which goes in this run');
      else if (tombstones.get(name)?.has(digest)) found.set(digest, 'which was deleted here');
      else if (history.node.includes(node)) found.set(digest, 'which a tag here once pointed to');
      else if (remembered.get(name)?.has(digest)) found.set(digest, 'which an earlier run removed');
    }
  }
  return found;
}

function orphansAmong(
  images: readonly ImageView[],
  subjects: ReadonlyMap<Digest, string>,
  { now, minAge }: OrphanOptions,
): ReadonlyMap<string, PolicyVerdict> {
  const family = familyOf(images);
  const expired = new Map<string, PolicyVerdict>();
  for (const [digest, how] of subjects) {
    expired.set(digest, { expire: true, reason: `its subject ${digest} is gone, ${how}` });
  }
  const young = ({ pushedAt, touchedAt = 0 }: ImageView): string | undefined =>
    now - Math.max(pushedAt, touchedAt) < minAge ? 'it is young' : undefined;
  return withFollowers(family, expired, OWN_TAGS_KEEP, young).gone;
}

/** A tag that a person gave keeps what it is on. */
export const OWN_TAGS_KEEP: Evaluator = {
  needsPushTimes: false,
  ageBy: 'pushed',
  verdicts: () => new Map(),
  keepsFollower: () => 'it has a tag of its own',
};
