/**
 * `rm`: from what a person named to what goes with it, repository by repository. A manifest goes
 * with its last tag; what belongs to it follows by the same rules as under a policy.
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
import type { ImageView, PolicyVerdict } from '../model/types.js';
import { familyOf, withFollowers } from '../rules/followers.js';
import { imagesOf } from '../rules/images.js';
import { damagedIn } from './damage.js';
import { nothingIsLeft } from './emptied.js';
import type { Obstacle } from './obstacle.js';
import { OWN_TAGS_KEEP } from './orphans.js';
import { setIn } from './removals.js';
import { RUNNING, withoutRunning } from './running.js';
import type { Named } from './targets.js';

export interface NamedRemovals {
  readonly removals: Removals;
  /** Repositories in which something goes. */
  readonly touched: ReadonlySet<string>;
  readonly obstacles: readonly Obstacle[];
  /** What a pattern named and stays, since it runs somewhere: `repo:tag`. */
  readonly kept: readonly string[];
}

export interface NamedOptions {
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds. */
  readonly minAge: number;
  /** What runs somewhere: manifests, or image IDs. It stays. */
  readonly running?: ReadonlySet<Digest>;
}

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
    if (repository.immovable !== undefined) draft.refuse(name, repository.immovable, MOVE_IT);
    else if (named.repositories.has(name)) draft.takeWhole(repository, `named: ${name}`);
    else takeParts(draft, repository, index, options);
  });
  return draft.done();
}

const MOVE_IT = 'nothing is removed through a symbolic link or from another filesystem';

class Draft {
  readonly touched = new Set<string>();
  readonly tags = new Map<string, Map<string, Removal>>();
  readonly revisions = new Map<string, Map<string, Removal>>();
  readonly #whole = new Map<string, Removal>();

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

  takeWhole({ name }: RepositoryFacts, reason: string): void {
    this.#whole.set(name, { reason });
  }

  done(): NamedRemovals {
    const { touched, obstacles, kept } = this;
    const whole = (repository: string): Removal | undefined => this.#whole.get(repository);
    const removals: Removals = {
      tag: (name, tag) => this.tags.get(name)?.get(tag) ?? whole(name),
      revision: (name, digest) => this.revisions.get(name)?.get(digest) ?? whole(name),
      repository: whole,
    };
    return { removals, touched, obstacles, kept };
  }
}

/** Tags that were named, and the tags of manifests that were; with the text that named them. */
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

function takeParts(
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
    setIn(draft.tags, name, tag, marked(damaged, `named: ${text}`));
  }
  const gone = whatFollows(draft, repository, views, { tags, digests, asked, damaged });
  for (const view of views) {
    const verdict = gone.get(view.digest);
    if (verdict === undefined) continue;
    const removal = marked(damaged, verdict.reason);
    setIn(draft.revisions, name, view.digest, removal);
    for (const tag of view.tags) if (!tags.has(tag)) setIn(draft.tags, name, tag, removal);
  }
  const goesToo = (tag: string): boolean => draft.tags.get(name)?.has(tag) === true;
  if (nothingIsLeft(facts, repository, { gone, goesToo, ...options })) {
    draft.takeWhole(repository, 'nothing is left in it');
  }
}

type Damaged = ((digest: string) => boolean) | undefined;

const marked = (damaged: Damaged, reason: string): Removal =>
  damaged === undefined ? { reason } : { reason, damaged: true };

/** In a repository that damage keeps whole only that damage itself can be taken out. */
function allDamaged(
  draft: Draft,
  { name, keepAllReason }: RepositoryFacts,
  asked: readonly ImageView[],
  damaged: Damaged,
): boolean {
  const sound = asked.filter(({ digest }) => damaged?.(digest) !== true);
  for (const view of sound) {
    draft.refuse(
      view.tags.length === 0 ? `${name}@${view.digest}` : `${name}:${view.tags.join(', ')}`,
      `its repository is kept completely: ${keepAllReason}`,
      `first remove what is damaged (regsweep check lists it), or all of ${name}: regsweep rm ${name}`,
    );
  }
  return sound.length === 0;
}

interface Asked {
  readonly tags: ReadonlyMap<string, string>;
  readonly digests: ReadonlyMap<Digest, string>;
  readonly asked: readonly ImageView[];
  readonly damaged: Damaged;
}

/** Manifests that go: those that lost their last tag or were named, and what belongs to them. */
function whatFollows(
  draft: Draft,
  repository: RepositoryFacts,
  views: readonly ImageView[],
  { tags, digests, asked, damaged }: Asked,
): ReadonlyMap<string, PolicyVerdict> {
  const expired = new Map<string, PolicyVerdict>();
  const left = (view: ImageView): string[] => view.tags.filter((tag) => !tags.has(tag));
  for (const view of asked) {
    const text = digests.get(view.digest as Digest);
    if (text !== undefined) expired.set(view.digest, goes(`named: ${text}`));
    else if (left(view).length === 0) expired.set(view.digest, goes('its last tag goes'));
  }
  const stripped = views.map((view) => withoutTags(draft, repository, view, left(view), expired));
  const family = familyOf(stripped);
  const keepsAnyway = ({ digest }: ImageView): string | undefined => {
    if (draft.running.has(digest)) return RUNNING;
    return damaged === undefined || damaged(digest)
      ? undefined
      : 'its repository is kept completely';
  };
  for (;;) {
    const { gone } = withFollowers(family, expired, OWN_TAGS_KEEP, keepsAnyway);
    const held = heldByIndexes(views, expired, gone);
    if (held.size === 0) return gone;
    for (const [digest, index] of held) {
      if (digests.has(digest as Digest)) {
        draft.obstacles.push(partOf(repository.name, digest, index, views));
      }
      expired.delete(digest);
    }
  }
}

const goes = (reason: string): PolicyVerdict => ({ expire: true, reason });

/** A tag that points to what isn't linked goes by itself, and nothing follows a link that is wrong. */
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

/** Of what would go, the parts of an index that stays. */
function heldByIndexes(
  views: readonly ImageView[],
  expired: ReadonlyMap<string, PolicyVerdict>,
  gone: ReadonlyMap<string, PolicyVerdict>,
): Map<string, string> {
  const held = new Map<string, string>();
  for (const { digest, children = [] } of views) {
    if (gone.has(digest)) continue;
    for (const child of children) if (expired.has(child)) held.set(child, digest);
  }
  return held;
}

/** Content can't be changed under its digest, so a platform goes only by a new index without it. */
function partOf(
  repository: string,
  digest: string,
  index: string,
  views: readonly ImageView[],
): Obstacle {
  const { tags = [], children = [] } = views.find((view) => view.digest === index) ?? {};
  const named = tags.length === 0 ? index : `${index} (${tags.join(', ')})`;
  const others = children.filter((child) => child !== digest);
  return {
    reference: `${repository}@${digest}`,
    why: `it is part of ${named}, which stays: a registry would answer 404 to whoever pulls that platform`,
    remedy: [
      ...(tags.length === 0 || others.length === 0 ? [] : [newIndex(repository, tags, others)]),
      `or remove all of it: regsweep rm ${repository}@${index}`,
    ].join('\n'),
    kind: 'part',
  };
}

function newIndex(repository: string, tags: readonly string[], parts: readonly string[]): string {
  const at = `REGISTRY/${repository}`;
  const names = tags.map((tag) => `-t ${at}:${tag}`).join(' ');
  const sources = parts.map((part) => `${at}@${part}`).join(' ');
  return `push an index without it, then sweep -m: docker buildx imagetools create ${names} ${sources}`;
}
