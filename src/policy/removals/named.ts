/**
 * `rm`: from the names that the user gave to everything that is removed with them. A manifest is
 * removed with its last tag. Its followers are removed by the same rules as under a policy.
 */

import { resolveImageIds } from '../../facts/image-ids.js';
import {
  digestOf,
  type Facts,
  NO_NODE,
  nodeOf,
  positionIn,
  type RepositoryFacts,
} from '../../facts/types.js';
import type { Removal, Removals } from '../../graph/types.js';
import { type Digest, parseDigest } from '../../storage/digest.js';
import { shellWord } from '../../util/shell-quote.js';
import type { ImageView, PolicyVerdict } from '../model/types.js';
import { familyOf, withFollowers } from '../rules/followers.js';
import { imagesOf } from '../rules/images.js';
import { damagedIn } from './damage.js';
import { isEmptied } from './emptied.js';
import { type Obstacle, remedyForImmovable } from './obstacle.js';
import { TAGGED_ARE_KEPT } from './orphans.js';
import { partOf } from './part-of-index.js';
import { setIn } from './removals.js';
import { RUNNING, withoutRunning } from './running.js';
import type { Named } from './targets.js';

export interface NamedRemovals {
  readonly removals: Removals;
  /** Repositories in which something is removed. */
  readonly touched: ReadonlySet<string>;
  readonly obstacles: readonly Obstacle[];
  /** References `repo:tag` that a pattern matched but that are kept, because they are in use. */
  readonly kept: readonly string[];
}

export interface NamedOptions {
  /** Seconds since 1970. */
  readonly now: number;
  /** In seconds. */
  readonly minAge: number;
  /** Manifests or image IDs in use somewhere. They are kept. */
  readonly running?: ReadonlySet<Digest>;
}

/** Decides what the named targets remove. Targets that can't be removed become obstacles. */
export function namedRemovals(facts: Facts, all: Named, options: NamedOptions): NamedRemovals {
  const running = new Set(
    resolveImageIds(facts, options.running ?? []).map((node) => digestOf(facts, node) as string),
  );
  const { named, kept, obstacles } = withoutRunning(facts, all, running);
  const draft = new Draft(facts, named, running, kept, obstacles);
  facts.repositories.forEach((repository, index) => {
    const { name } = repository;
    const asked = [named.repositories, named.tags, named.digests].some((one) => one.has(name));
    if (!asked) return;
    draft.touched.add(name);
    if (repository.immovable !== undefined) {
      draft.refuse(name, repository.immovable, remedyForImmovable(facts, name));
    } else if (named.repositories.has(name)) draft.removeRepository(repository, `named: ${name}`);
    else removeParts(draft, repository, index, options);
  });
  return draft.done();
}

class Draft {
  readonly touched = new Set<string>();
  readonly tags = new Map<string, Map<string, Removal>>();
  readonly revisions = new Map<string, Map<string, Removal>>();
  readonly #repositories = new Map<string, Removal>();

  constructor(
    readonly facts: Facts,
    readonly named: Named,
    /** Digests of manifests. */
    readonly running: ReadonlySet<string>,
    readonly kept: readonly string[],
    readonly obstacles: Obstacle[],
  ) {}

  refuse(reference: string, why: string, remedy: string): void {
    this.obstacles.push({ reference, why, remedy, kind: 'facts' });
  }

  removeRepository({ name }: RepositoryFacts, reason: string): void {
    this.#repositories.set(name, { reason });
  }

  done(): NamedRemovals {
    const { touched, obstacles, kept } = this;
    const byRepository = (repository: string): Removal | undefined =>
      this.#repositories.get(repository);
    const removals: Removals = {
      tag: (name, tag) => this.tags.get(name)?.get(tag) ?? byRepository(name),
      revision: (name, digest) => this.revisions.get(name)?.get(digest) ?? byRepository(name),
      repository: byRepository,
    };
    return { removals, touched, obstacles, kept };
  }
}

/** @returns the named tags, and the tags of named manifests, with the text that named them */
function namedTags(draft: Draft, { name, tags }: RepositoryFacts): Map<string, string> {
  const { facts, named } = draft;
  const found = new Map(named.tags.get(name));
  const digests = named.digests.get(name);
  tags.names.forEach((tag, i) => {
    const node = tags.target[i]!;
    const by = node === NO_NODE ? undefined : digests?.get(digestOf(facts, node));
    if (by !== undefined && !found.has(tag)) found.set(tag, by);
  });
  return found;
}

function removeParts(
  draft: Draft,
  repository: RepositoryFacts,
  index: number,
  options: NamedOptions,
): void {
  const { facts, named } = draft;
  const { name } = repository;
  const tags = namedTags(draft, repository);
  const digests = named.digests.get(name) ?? new Map<Digest, string>();
  const views = imagesOf(facts, index);
  const asked = views.filter(
    (view) => digests.has(view.digest as Digest) || view.tags.some((tag) => tags.has(tag)),
  );
  const damaged = damagedIn(facts, repository);
  if (repository.keepAllReason !== undefined && !allDamaged(draft, repository, asked, damaged))
    return;
  for (const [tag, text] of tags) {
    setIn(draft.tags, name, tag, removalOf(damaged, `named: ${text}`));
  }
  const expiring = withFollowing(draft, repository, views, { tags, digests, asked, damaged });
  for (const view of views) {
    const verdict = expiring.get(view.digest);
    if (verdict === undefined) continue;
    const removal = removalOf(damaged, verdict.reason);
    setIn(draft.revisions, name, view.digest, removal);
    for (const tag of view.tags) if (!tags.has(tag)) setIn(draft.tags, name, tag, removal);
  }
  const isTagRemoved = (tag: string): boolean => draft.tags.get(name)?.has(tag) === true;
  if (isEmptied(facts, repository, { removed: expiring, isTagRemoved, ...options })) {
    draft.removeRepository(repository, 'nothing is left in it');
  }
}

type Damaged = ((digest: string) => boolean) | undefined;

const removalOf = (damaged: Damaged, reason: string): Removal =>
  damaged === undefined ? { reason } : { reason, damaged: true };

/**
 * In a damaged repository only damaged manifests may be removed. Adds an obstacle for each other
 * one.
 * @returns whether all are damaged
 */
function allDamaged(
  draft: Draft,
  { name, keepAllReason }: RepositoryFacts,
  asked: readonly ImageView[],
  damaged: Damaged,
): boolean {
  const root = shellWord(draft.facts.tree.rootDirectory);
  const intact = asked.filter(({ digest }) => damaged?.(digest) !== true);
  for (const view of intact) {
    draft.refuse(
      view.tags.length === 0 ? `${name}@${view.digest}` : `${name}:${view.tags.join(', ')}`,
      `its repository is kept completely: ${keepAllReason}`,
      [
        'first remove the damaged manifests, or the complete repository:',
        `regsweep check ${root}    # lists them, with the commands`,
        `regsweep rm ${shellWord(name)} --root ${root}`,
      ].join('\n'),
    );
  }
  return intact.length === 0;
}

interface Asked {
  readonly tags: ReadonlyMap<string, string>;
  readonly digests: ReadonlyMap<Digest, string>;
  readonly asked: readonly ImageView[];
  readonly damaged: Damaged;
}

/**
 * @returns the manifests to remove: named ones, those that lose their last tag, and their followers
 */
function withFollowing(
  draft: Draft,
  repository: RepositoryFacts,
  views: readonly ImageView[],
  { tags, digests, asked, damaged }: Asked,
): ReadonlyMap<string, PolicyVerdict> {
  const expired = new Map<string, PolicyVerdict>();
  const remainingTags = (view: ImageView): string[] => view.tags.filter((tag) => !tags.has(tag));
  for (const view of asked) {
    const text = digests.get(view.digest as Digest);
    if (text !== undefined) expired.set(view.digest, expires(`named: ${text}`));
    else if (remainingTags(view).length === 0)
      expired.set(view.digest, expires('its last tag is removed'));
  }
  const stripped = views.map((view) =>
    withoutTags(draft, repository, view, remainingTags(view), expired),
  );
  const family = familyOf(stripped);
  const keepsAnyway = ({ digest }: ImageView): string | undefined => {
    if (draft.running.has(digest)) return RUNNING;
    return damaged === undefined || damaged(digest)
      ? undefined
      : 'its repository is kept completely';
  };
  for (;;) {
    const { expiring } = withFollowers(family, expired, TAGGED_ARE_KEPT, keepsAnyway);
    const kept = neededByIndexes(views, expired, expiring);
    if (kept.size === 0) return expiring;
    for (const [digest, index] of kept) {
      if (digests.has(digest as Digest)) {
        draft.obstacles.push(
          partOf(repository.name, digest, index, views, draft.facts.tree.rootDirectory),
        );
      }
      expired.delete(digest);
    }
  }
}

const expires = (reason: string): PolicyVerdict => ({ expire: true, reason });

/**
 * Removes the pin of a manifest that is to be removed, or that only a tag names, so that it can be
 * removed with its tag. Its references are unreliable, so it has no children then.
 */
function withoutTags(
  { facts }: Draft,
  { revisions }: RepositoryFacts,
  view: ImageView,
  tags: readonly string[],
  expired: ReadonlyMap<string, PolicyVerdict>,
): ImageView {
  const { pinned, children, ...rest } = view;
  if (pinned === undefined) return { ...view, tags };
  const digest = parseDigest(view.digest);
  const node = digest === undefined ? undefined : nodeOf(facts, digest);
  const linked = node !== undefined && positionIn(revisions.node, node) >= 0;
  if (!linked || expired.has(view.digest)) return { ...rest, tags };
  return { ...view, tags };
}

/**
 * @returns the manifests that would be removed but belong to an index that is kept, with that index
 */
function neededByIndexes(
  views: readonly ImageView[],
  expired: ReadonlyMap<string, PolicyVerdict>,
  expiring: ReadonlyMap<string, PolicyVerdict>,
): Map<string, string> {
  const needed = new Map<string, string>();
  for (const { digest, children = [] } of views) {
    if (expiring.has(digest)) continue;
    for (const child of children) if (expired.has(child)) needed.set(child, digest);
  }
  return needed;
}
