/** Explains why a digest is kept, by the path from a root, or that nothing keeps it. */

import type { FindingCode } from '../facts/findings.js';
import { BLOB_FLAG } from '../facts/tables/blob-table.js';
import {
  digestOf,
  type Facts,
  NO_NODE,
  type Node,
  nodeCount,
  nodeOf,
  positionIn,
} from '../facts/types.js';
import type { Digest } from '../storage/digest.js';
import { blobPath } from '../storage/layout.js';
import { KEEPS_NONE, Walk } from './mark/follow-references.js';
import { keepReason } from './mark/kept-repositories.js';
import { rootsOfRepository, unboundRoots } from './mark/mark.js';
import type { Roots } from './mark/reachable.js';
import { isRecent } from './mark/recent-blobs.js';
import type { Marks } from './types.js';

export type Reference =
  | { readonly digest: Digest }
  | { readonly repository: string; readonly tag: string }
  | { readonly repository: string; readonly digest: Digest }
  | { readonly repository: string };

/** `immovable`: garbage that is kept by a symbolic link, a mount or another filesystem. */
export type BlobState = 'live' | 'young' | 'garbage' | 'immovable' | 'absent';

export interface Step {
  /** A root: `tag`, `revision`, `layer-link`, `kept`, `young`; then `reference` or `referrer`. */
  readonly kind: string;
  readonly repository?: string;
  readonly tag?: string;
  readonly digest?: Digest;
  readonly note?: string;
}

export interface Explanation {
  readonly subject: string;
  readonly digest?: Digest;
  readonly state: BlobState;
  /** Apparent size; undefined if the blob is not on the disk. */
  readonly bytes?: number;
  /** The path from a root to the digest; empty for garbage. */
  readonly chain: readonly Step[];
  /** Seconds since 1970 of the last change of the blob or of a link to it. */
  readonly since?: number;
  /** Repositories that link it. */
  readonly linkedIn: readonly { readonly repository: string; readonly as: string }[];
  /** What removing the subject alone would free. Blobs that others need are not counted. */
  readonly frees: { readonly blobs: number; readonly bytes: number };
}

/** @returns undefined if the repository, tag or digest does not exist */
export function explainMark(
  facts: Facts,
  marks: Marks,
  question: Reference,
): Explanation | undefined {
  if (!('digest' in question) && !('tag' in question))
    return explainRepository(facts, marks, question.repository);
  const found = subjectOf(facts, question);
  if (found === undefined) return undefined;
  const { node, subject, without } = found;
  const digest = digestOf(facts, node);
  const { blobs, manifests } = facts;
  const stored = node < blobs.count ? node : manifests.storedAs(node);
  const onDisk = stored < blobs.count;
  return {
    subject,
    digest,
    state: stateOf(facts, marks, stored),
    ...(onDisk ? { bytes: blobs.size(stored), since: blobs.newest(stored) } : {}),
    chain: chainTo(facts, marks, stored),
    linkedIn: linksTo(facts, node),
    frees: freed(facts, marks, without),
  };
}

interface Subject {
  readonly node: Node;
  readonly subject: string;
  /** The root links that removing the subject would remove. */
  readonly without: (repository: string, node: Node, tag?: string) => boolean;
}

function subjectOf(facts: Facts, question: Reference): Subject | undefined {
  if ('tag' in question) {
    const repository = facts.repositories.find(({ name }) => name === question.repository);
    const position = repository?.tags.names.indexOf(question.tag) ?? -1;
    const node = repository?.tags.target[position];
    if (repository === undefined || node === undefined || node === NO_NODE) return undefined;
    const { name, tags } = repository;
    const shared = [...tags.target].filter((one) => one === node).length > 1;
    const without = (in_: string, one: Node, tag?: string): boolean =>
      in_ === name && one === node && (tag === question.tag || (tag === undefined && !shared));
    return { node, subject: `${name}:${question.tag}`, without };
  }
  if (!('digest' in question)) return undefined;
  const node = nodeOf(facts, question.digest);
  if (node === undefined) return undefined;
  const where = 'repository' in question ? question.repository : undefined;
  if (where !== undefined && !facts.repositories.some(({ name }) => name === where))
    return undefined;
  const without = (name: string, one: Node): boolean =>
    one === node && (where === undefined || name === where);
  return {
    node,
    subject: where === undefined ? question.digest : `${where}@${question.digest}`,
    without,
  };
}

function stateOf(facts: Facts, marks: Marks, node: Node): BlobState {
  if (node >= facts.blobs.count) return 'absent';
  if (marks.immovable?.has(node) === true) return 'immovable';
  if (marks.reached.has(node)) return 'live';
  return marks.recent.has(node) ? 'young' : 'garbage';
}

function explainRepository(facts: Facts, marks: Marks, name: string): Explanation | undefined {
  const repository = facts.repositories.find((one) => one.name === name);
  if (repository === undefined) return undefined;
  const keptReason = keepReason(repository, marks.options);
  const chain: Step[] = repository.tags.names.map((tag) => ({
    kind: 'tag',
    repository: name,
    tag,
  }));
  if (keptReason !== undefined) chain.unshift({ kind: 'kept', repository: name, note: keptReason });
  return {
    subject: name,
    state: repository.tags.names.length + repository.revisions.node.length > 0 ? 'live' : 'garbage',
    chain,
    linkedIn: [],
    frees: freed(facts, marks, (in_) => in_ === name),
  };
}

/** Finds the shortest path from a tag; if no tag leads to the goal, from another root. */
function chainTo(facts: Facts, marks: Marks, goal: Node): Step[] {
  const from = new Map<Node, { node: Node | undefined; step: Step }>();
  const queue: Node[] = [];
  const begin = (roots: Iterable<[Node, Step]>): void => {
    for (const [node, step] of roots) {
      if (from.has(node)) continue;
      from.set(node, { node: undefined, step });
      queue.push(node);
    }
  };
  const follow = (next: Iterable<Node>, node: Node, kind: string): void => {
    for (const to of next) {
      if (from.has(to)) continue;
      from.set(to, { node, step: { kind, digest: digestOf(facts, to) } });
      queue.push(to);
    }
  };
  let at = 0;
  const search = (): void => {
    for (; at < queue.length && !from.has(goal); at++) {
      follow(facts.manifests.references(queue[at]!), queue[at]!, 'reference');
      follow(facts.manifests.referrersOf(queue[at]!), queue[at]!, 'referrer');
    }
  };
  begin(tagRoots(facts, marks));
  search();
  if (!from.has(goal)) begin(otherRoots(facts, marks));
  search();
  const chain: Step[] = [];
  for (
    let step = from.get(goal);
    step !== undefined;
    step = step.node === undefined ? undefined : from.get(step.node)
  ) {
    chain.unshift(step.step);
  }
  return chain;
}

function* tagRoots(facts: Facts, marks: Marks): Generator<[Node, Step]> {
  for (let i = 0; i < facts.repositories.length; i++) {
    const { name, tags } = facts.repositories[i]!;
    for (let t = 0; t < tags.names.length; t++) {
      const node = tags.target[t]!;
      if (node === NO_NODE || marks.repositories[i]!.removedTags.has(t)) continue;
      yield [
        node,
        { kind: 'tag', repository: name, tag: tags.names[t]!, digest: digestOf(facts, node) },
      ];
    }
  }
}

function* otherRoots(facts: Facts, marks: Marks): Generator<[Node, Step]> {
  for (let i = 0; i < facts.repositories.length; i++) {
    const repository = facts.repositories[i]!;
    const keptReason = keepReason(repository, marks.options);
    const roots: Node[] = [];
    rootsOfRepository(facts, repository, marks.repositories[i]!, marks.options, (node) => {
      roots.push(node);
    });
    for (const node of roots) {
      const kind = positionIn(repository.revisions.node, node) >= 0 ? 'revision' : 'layer-link';
      const step: Step = { kind, repository: repository.name, digest: digestOf(facts, node) };
      yield [node, keptReason === undefined ? step : { ...step, note: keptReason }];
    }
  }
  const guesses = new Set(facts.guesses);
  const unbound: Node[] = [...guesses];
  unboundRoots(facts, marks.options, (node) => {
    unbound.push(node);
  });
  for (const node of unbound) {
    const digest = digestOf(facts, node);
    const note = guesses.has(node)
      ? 'an unreadable link seems to contain it'
      : unboundReason(facts, marks, node, digest);
    yield [node, { kind: 'kept', digest, note }];
  }
  const { blobs } = facts;
  for (const node of marks.recent) {
    if (node >= blobs.count || !isRecent(blobs.newest(node), marks.options)) continue;
    yield [node, { kind: 'young', digest: digestOf(facts, node) }];
  }
}

/** @returns why a node is kept that no repository keeps */
function unboundReason(facts: Facts, { options }: Marks, node: Node, digest: Digest): string {
  if (options.keepDigests.has(digest)) return 'it is listed in --keep-digests';
  if (node >= facts.blobs.count) return 'a digest in --keep-digests refers to it';
  const path = blobPath(digest);
  const at = (code: FindingCode): string | undefined =>
    facts.findings.samples(code).find((one) => `${path}/`.startsWith(`${one.path}/`))?.path;
  const link = at('symlinked');
  if (link !== undefined) return `${link} is a symbolic link, and nothing behind it is removed`;
  const mount = at('other-filesystem');
  if (mount !== undefined) {
    return `${mount} is on another filesystem or mount, and nothing there is removed`;
  }
  if (options.pinnedPaths?.has(path) === true)
    return 'it is reachable through a symbolic link in the tree';
  const isImmovable = facts.blobs.hasFlag(node, BLOB_FLAG.immovable);
  return isImmovable
    ? 'it is behind a symbolic link or on another filesystem, so it can’t be moved'
    : 'its image is listed in --keep-digests';
}

function linksTo(facts: Facts, node: Node): Explanation['linkedIn'] {
  const found: { repository: string; as: string }[] = [];
  for (const { name, tags, revisions, layers } of facts.repositories) {
    tags.target.forEach((to, i) => {
      if (to === node) found.push({ repository: name, as: `tag ${tags.names[i]}` });
    });
    if (positionIn(revisions.node, node) >= 0) found.push({ repository: name, as: 'revision' });
    if (positionIn(layers, node) >= 0) found.push({ repository: name, as: 'layer link' });
  }
  return found;
}

/**
 * Marks again without some roots.
 * @returns number and apparent bytes of the blobs that are then no longer reached
 */
function freed(
  facts: Facts,
  marks: Marks,
  without: (repository: string, node: Node, tag?: string) => boolean,
): Explanation['frees'] {
  const roots: Roots = (visit) => {
    facts.repositories.forEach((repository, i) => {
      const { name, tags } = repository;
      const tagged = new Set<Node>();
      tags.target.forEach((node, t) => {
        if (!without(name, node, tags.names[t])) tagged.add(node);
      });
      rootsOfRepository(facts, repository, marks.repositories[i]!, marks.options, (node) => {
        if (tagged.has(node) || !without(name, node)) visit(node);
      });
    });
    unboundRoots(facts, marks.options, visit);
    facts.guesses.forEach(visit);
  };
  const { manifests, blobs } = facts;
  const walk = new Walk(manifests, nodeCount(facts), KEEPS_NONE);
  walk.add(roots);
  const reached = walk.visited;
  let count = 0;
  let bytes = 0;
  for (const node of marks.reached) {
    if (node >= blobs.count || reached.has(node)) continue;
    count += 1;
    bytes += blobs.size(node);
  }
  return { blobs: count, bytes };
}
