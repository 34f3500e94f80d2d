/**
 * Finds orphans: signatures, attestations and other referrers whose subject was deleted. A subject
 * counts as deleted if it is not on the disk, or is removed in this run, and its repository shows
 * that it existed.
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
  /** In seconds. Referrers that changed more recently are kept. */
  readonly minAge: number;
  readonly inScope: (repository: string) => boolean;
  /** Whether a digest is not on the disk, or is removed in this run, and is not in quarantine. */
  readonly isGone: (digest: Digest) => boolean;
  /** Whether this run removes a revision, given by repository and position. */
  readonly isRemovedNow: (repository: number, position: number) => boolean;
  /** Manifests that earlier runs removed, by repository. */
  readonly removedEarlier: ReadonlyMap<string, ReadonlySet<Digest>>;
}

/** @returns the removal of all orphans, with their tags, except recent and tagged ones */
export function orphanRemovals(facts: Facts, options: OrphanOptions): Removals {
  const tombstones = tombstonesOf(facts);
  const verdictsOf = new Map<string, ReadonlyMap<string, PolicyVerdict>>();
  const views = new Map<string, readonly ImageView[]>();
  for (const [index, repository] of facts.repositories.entries()) {
    if (!isJudged(repository, options)) continue;
    const images = imagesOf(facts, index);
    const subjects = deletedSubjects(facts, index, images, tombstones, options);
    if (subjects.size === 0) continue;
    views.set(repository.name, images);
    verdictsOf.set(repository.name, orphansAmong(images, subjects, options));
  }
  return removalsOf(views, verdictsOf);
}

const isJudged = (
  { name, keepAllReason, immovable }: RepositoryFacts,
  { inScope }: OrphanOptions,
): boolean => keepAllReason === undefined && immovable === undefined && inScope(name);

/** @returns the deleted subjects, each with the evidence */
function deletedSubjects(
  facts: Facts,
  index: number,
  images: readonly ImageView[],
  tombstones: ReadonlyMap<string, ReadonlySet<Digest>>,
  { isGone, isRemovedNow, removedEarlier }: OrphanOptions,
): Map<Digest, string> {
  const { name, history, revisions } = facts.repositories[index]!;
  const found = new Map<Digest, string>();
  for (const { tags, attachedTo = [] } of images) {
    const named = [...tags.map(subjectOfTag), ...attachedTo.map(parseDigest)];
    for (const digest of named) {
      if (digest === undefined || found.has(digest)) continue;
      const node = nodeOf(facts, digest) ?? NO_NODE;
      const position = positionIn(revisions.node, node);
      if (position >= 0 && !isRemovedNow(index, position)) continue;
      if (!isGone(digest)) continue;
      if (position >= 0) found.set(digest, 'is removed in this run');
      else if (tombstones.get(name)?.has(digest)) found.set(digest, 'was deleted');
      else if (history.node.includes(node)) found.set(digest, 'was deleted (a tag pointed to it)');
      else if (removedEarlier.get(name)?.has(digest))
        found.set(digest, 'was removed by an earlier run');
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
    expired.set(digest, { expire: true, reason: `its subject ${digest} ${how}` });
  }
  const recent = ({ pushedAt, touchedAt = 0 }: ImageView): string | undefined =>
    now - Math.max(pushedAt, touchedAt) < minAge ? 'it is recent' : undefined;
  return withFollowers(family, expired, TAGGED_ARE_KEPT, recent).expiring;
}

/** Keeps followers with tags given by a person. */
export const TAGGED_ARE_KEPT: Evaluator = {
  needsPushTimes: false,
  ageBy: 'pushed',
  verdicts: () => new Map(),
  keepsFollower: () => 'it is tagged itself',
};
