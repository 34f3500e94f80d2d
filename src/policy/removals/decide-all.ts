/** A policy over all repositories: decisions, what the mark takes out of the roots, the preview. */
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
import { decideImages, entryFor, keepEverything, PROTECTED } from '../rules/decide.js';
import { type CreationTimes, imagesOf } from '../rules/images.js';
import { withPulls } from '../rules/pulls.js';
import { RUNNING } from './running.js';

export interface RepositoryDecisions {
  readonly repository: string;
  /** `file:line:column` of the entry that decided; undefined where none matches. */
  readonly entry: string | undefined;
  readonly decisions: readonly Decision[];
}

export interface DecideAllOptions extends Omit<DecideOptions, 'protected'> {
  /** What runs somewhere: it keeps its tags too. */
  readonly keepDigests?: readonly Digest[];
  readonly creationTimes?: CreationTimes;
  /** Last pulls, seconds since 1970; 0 where none is on record. */
  readonly lastPull?: (repository: string, reference: string) => number;
  /** Repositories that are judged at all; all others keep everything and are left out. */
  readonly inScope?: (repository: string) => boolean;
}

/**
 * Decides repository by repository, in the order of the facts. Where a repository is kept whole,
 * or can't be changed, everything in it stays.
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
  const stays = protectedImages(policy, facts, options.keepDigests ?? []);
  for (const [index, repository] of facts.repositories.entries()) {
    if (options.inScope?.(repository.name) === false) continue;
    const entry = entryFor(policy, repository.name);
    const times = goesByCreation(entry) ? options.creationTimes : undefined;
    const seen = imagesOf(facts, index, times);
    const { lastPull } = options;
    const images =
      lastPull === undefined ? seen : withPulls(seen, (of) => lastPull(repository.name, of));
    const untouchable = repository.keepAllReason ?? repository.immovable;
    yield {
      repository: repository.name,
      entry: entry?.at,
      decisions:
        untouchable === undefined
          ? decideImages(policy, repository.name, images, now, {
              ...options,
              timesSuspicious,
              protected: stays,
            })
          : keepEverything(images, `the repository is kept completely: ${untouchable}`),
    };
  }
}

/** Digests that people name may be image IDs. */
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

/** Whether the policy asks for creation times, which only the images' configurations hold. */
export function needsCreationTimes(policy: Policy): boolean {
  return policy.entries.some(goesByCreation);
}

/** Whether the policy asks when images were last pulled. */
export const needsPulls = ({ entries }: Policy): boolean =>
  entries.some(({ retention }) => longestPull(retention) > 0);

/** Seconds before now from which a policy wants to know of pulls; 0 where it doesn't ask. */
export const pullsWanted = ({ entries }: Policy): number =>
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
 * What goes, for the mark: of each manifest that expires its revision and all its tags. Followers
 * are named one by one, each only when nothing that stays in its repository needs it.
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
  /** Seconds since 1970; 0 where it isn't known. */
  readonly time: number;
  readonly timeSource: TimeSource;
  readonly rule?: number;
  readonly reason: string;
  readonly follower: boolean;
}

/** What would go, one row a manifest, in the order of the decisions. */
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
