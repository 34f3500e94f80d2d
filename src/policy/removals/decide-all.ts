/** Applies a policy to all repositories: decisions, removals for the mark, and the preview. */
import { resolveImageIds } from '../../facts/image-ids.js';
import { digestOf, type Facts } from '../../facts/types.js';
import type { Removal, Removals } from '../../graph/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { DAY } from '../../util/duration.js';
import type {
  DecideOptions,
  Decision,
  Policy,
  PolicyEntry,
  Retention,
  TimeSource,
} from '../model/types.js';
import { decideImages, entryFor, keepEverything } from '../rules/decide.js';
import { type CreationTimes, imagesOf } from '../rules/images.js';
import { PROTECTED } from '../rules/protect.js';
import { withPulls } from '../rules/pulls.js';
import { RUNNING } from './running.js';

export interface RepositoryDecisions {
  readonly repository: string;
  /** `file:line:column` of the entry that applies; undefined if none does. */
  readonly entry: string | undefined;
  readonly decisions: readonly Decision[];
}

export interface DecideAllOptions extends Omit<DecideOptions, 'protected'> {
  /** Digests in use somewhere. Their images and tags are kept. */
  readonly keepDigests?: readonly Digest[];
  readonly creationTimes?: CreationTimes;
  /** @returns the last pull, in seconds since 1970; 0 if none is recorded */
  readonly lastPull?: (repository: string, reference: string) => number;
  /** Repositories to decide about. Others are omitted, so everything in them is kept. */
  readonly inScope?: (repository: string) => boolean;
}

/**
 * Decides about one repository after another, in the order of the facts. Everything is kept in a
 * repository that is damaged or can't be changed.
 * @param now seconds since 1970
 */
export function* decideAll(
  policy: Policy,
  facts: Facts,
  now: number,
  options: DecideAllOptions = {},
): Generator<RepositoryDecisions> {
  const timesSuspicious =
    options.timesSuspicious === true || facts.findings.count('equal-mtimes') > 0;
  const protectedDigests = protectedImages(policy, facts, options.keepDigests ?? []);
  for (const [index, repository] of facts.repositories.entries()) {
    if (options.inScope?.(repository.name) === false) continue;
    const entry = entryFor(policy, repository.name);
    const times = goesByCreation(entry) ? options.creationTimes : undefined;
    const unpulled = imagesOf(facts, index, times);
    const { lastPull } = options;
    const images =
      lastPull === undefined
        ? unpulled
        : withPulls(unpulled, (of) => lastPull(repository.name, of));
    const unchangeable = repository.keepAllReason ?? repository.immovable;
    yield {
      repository: repository.name,
      entry: entry?.at,
      decisions:
        unchangeable === undefined
          ? decideImages(policy, repository.name, images, now, {
              ...options,
              timesSuspicious,
              protected: protectedDigests,
            })
          : keepEverything(images, `the repository is kept completely: ${unchangeable}`),
    };
  }
}

/** Digests that users name may be image IDs. */
function protectedImages(
  { protect }: Policy,
  facts: Facts,
  running: readonly Digest[],
): ReadonlyMap<string, string> {
  const named = protect.digests.flatMap((text) => parseDigest(text) ?? []);
  const by = (digests: readonly Digest[], reason: string) =>
    resolveImageIds(facts, digests).map((node) => [digestOf(facts, node), reason] as const);
  return new Map([...by(running, RUNNING), ...by(named, PROTECTED)]);
}

/**
 * @returns whether the policy needs creation times, which are only in the images' configurations
 */
export function needsCreationTimes(policy: Policy): boolean {
  return policy.entries.some(goesByCreation);
}

/** @returns whether the policy needs the last pulls */
export const needsPulls = ({ entries }: Policy): boolean =>
  entries.some(({ retention }) => longestPull(retention) > 0);

/** @returns how far back the policy needs pulls, in seconds; 0 if it needs none */
export const neededPullSpan = ({ entries }: Policy): number =>
  Math.max(...entries.map(({ retention }) => longestPull(retention)));

function longestPull(retention: Retention): number {
  const spans =
    retention.kind === 'ecr'
      ? retention.rules.map(({ limit }) => (limit.kind === 'pulled' ? limit.days * DAY : 0))
      : retention.rules.map(({ pulledWithin = 0 }) => pulledWithin);
  return Math.max(...spans);
}

function goesByCreation(entry: PolicyEntry | undefined): boolean {
  return entry?.retention.kind === 'keep' && entry.retention.ageBy === 'created';
}

/**
 * Converts decisions to removals for the mark: the revision of each expired manifest and all its
 * tags. Followers have decisions of their own.
 */
export function removalsFrom(all: Iterable<RepositoryDecisions>): Removals {
  const tags = new Map<string, Map<string, Removal>>();
  const revisions = new Map<string, Map<string, Removal>>();
  for (const { repository, decisions } of all) {
    const expired = decisions.filter(({ action }) => action === 'expire');
    if (expired.length === 0) continue;
    const removal = new Map(expired.map((one) => [one.image.digest, { reason: one.reason }]));
    revisions.set(repository, removal);
    const named = expired.flatMap(({ image }) =>
      image.tags.map((tag) => [tag, removal.get(image.digest)!] as const),
    );
    tags.set(repository, new Map(named));
  }
  return {
    tag: (repository, tag) => tags.get(repository)?.get(tag),
    revision: (repository, digest) => revisions.get(repository)?.get(digest),
  };
}

export interface PreviewRow {
  readonly repository: string;
  readonly digest: string;
  readonly tags: readonly string[];
  /** Seconds since 1970; 0 if unknown. */
  readonly time: number;
  readonly timeSource: TimeSource;
  readonly rule?: number;
  readonly reason: string;
  readonly follower: boolean;
}

/** @returns the expired manifests, one row each, in the order of the decisions */
export function* previewOf(all: Iterable<RepositoryDecisions>): Generator<PreviewRow> {
  for (const { repository, decisions } of all) {
    for (const decision of decisions) {
      if (decision.action === 'expire') yield rowOf(repository, decision);
    }
  }
}

function rowOf(repository: string, decision: Decision): PreviewRow {
  const { image, rule, reason, timeSource, follower } = decision;
  return {
    repository,
    digest: image.digest,
    tags: image.tags,
    time: (timeSource === 'created' ? image.createdAt : image.pushedAt) ?? 0,
    timeSource,
    ...(rule === undefined ? {} : { rule }),
    reason,
    follower,
  };
}
