/** Builds a plan: from facts and marks, the exact list of actions in the order of execution. */
import {
  digestOf,
  type Facts,
  NO_NODE,
  type Node,
  type RepositoryFacts,
} from '../../facts/types.js';
import type { UnlinkedManifests } from '../../facts/unlinked-manifests.js';
import { ACTION_KINDS, type ActionKind } from '../../graph/action-kinds.js';
import { isRecent } from '../../graph/mark/recent-blobs.js';
import type { Marks } from '../../graph/types.js';
import {
  blobPath,
  blobPrefixPath,
  layerPath,
  repositoryPath,
  revisionPath,
  tagHistoryPath,
  tagPath,
  uploadPath,
} from '../../storage/layout.js';
import { isoTime } from '../../util/iso-time.js';
import type { Action } from '../types.js';
import { type DeadRepositories, deadRepositories } from './dead-repositories.js';
import { emptyNamespaces, isTidyable } from './empty-folders.js';
import { NO_UNLINKED, referringFirst } from './referring-first.js';
import { releasedLinks } from './released-links.js';
import {
  isGarbage,
  isPinned,
  layerLinkGoes,
  lostHistory,
  mayChange,
  oldDanglingLayers,
} from './removal-rules.js';

interface Context {
  readonly facts: Facts;
  readonly marks: Marks;
  readonly dead: DeadRepositories;
  readonly unlinked: UnlinkedManifests;
}

const generators: Record<ActionKind, (context: Context) => Iterable<Action>> = {
  tag: tagActions,
  'tag-history': historyActions,
  revision: revisionActions,
  'layer-link': layerActions,
  upload: uploadActions,
  blob: blobActions,
  'empty-directory': emptyActions,
  repository: ({ dead }) => dead.actions,
};

export interface Actions extends Iterable<Action> {
  /**
   * Names of repositories that are removed completely. Their leftovers are not listed one by one.
   */
  readonly dead: ReadonlySet<string>;
}

/**
 * Generates the actions again on each iteration, so that millions of them need no memory.
 * @param unlinked references of manifests that no repository links any more, for the order of blobs
 */
export function planActions(facts: Facts, marks: Marks, unlinked = NO_UNLINKED): Actions {
  const { kinds } = marks.options;
  const none: DeadRepositories = { names: new Set(), actions: [] };
  const dead = kinds.has('repository') ? deadRepositories(facts, marks) : none;
  const context = { facts, marks, dead, unlinked };
  return {
    dead: dead.names,
    *[Symbol.iterator]() {
      for (const kind of ACTION_KINDS) {
        if (!kinds.has(kind)) continue;
        for (const action of generators[kind](context)) {
          if (!isPinned(marks, action.path)) yield action;
        }
      }
    },
  };
}

/** Repositories that this run may change. */
function* changeable({ facts, marks }: Context): Generator<[RepositoryFacts, number]> {
  for (let i = 0; i < facts.repositories.length; i++) {
    const repository = facts.repositories[i]!;
    if (mayChange(repository, marks)) yield [repository, i];
  }
}

function* tagActions(context: Context): Generator<Action> {
  const { facts, marks } = context;
  for (const [i, { name, tags }] of facts.repositories.entries()) {
    for (const position of marks.repositories[i]!.removedTags) {
      const tag = tags.names[position]!;
      const reason = marks.options.removals.tag(name, tag)?.reason ?? '';
      const target = tags.target[position]!;
      const action = {
        kind: 'tag',
        path: tagPath(name, tag),
        repository: name,
        tag,
        reason,
      } as const;
      yield target === NO_NODE ? action : { ...action, digest: digestOf(facts, target) };
    }
  }
}

function* historyActions(context: Context): Generator<Action> {
  const { facts, marks, dead } = context;
  for (const [{ name, tags, history }, i] of changeable(context)) {
    if (dead.names.has(name)) continue;
    for (const position of lostHistory(facts, marks, i)) {
      const tag = tags.names[history.tag[position]!]!;
      const digest = digestOf(facts, history.node[position]!);
      const reason = 'the repository no longer links this manifest';
      yield {
        kind: 'tag-history',
        path: tagHistoryPath(name, tag, digest),
        digest,
        repository: name,
        tag,
        reason,
      };
    }
  }
}

function* revisionActions(context: Context): Generator<Action> {
  const { facts, marks } = context;
  const linkedIn = new Map<Node, [RepositoryFacts, number][]>();
  for (const [i, repository] of facts.repositories.entries()) {
    for (const position of marks.repositories[i]!.removedRevisions) {
      const node = repository.revisions.node[position]!;
      const places = linkedIn.get(node);
      if (places === undefined) linkedIn.set(node, [[repository, position]]);
      else places.push([repository, position]);
    }
  }
  const nodes = [...linkedIn.keys()].sort((a, b) => a - b);
  for (const node of referringFirst(facts, nodes)) {
    const digest = digestOf(facts, node);
    for (const [{ name, revisions }, position] of linkedIn.get(node)!) {
      const chosen = marks.options.removals.revision(name, digest)?.reason;
      const reason = chosen ?? `untagged since ${isoTime(revisions.newest[position]!)}`;
      yield {
        kind: 'revision',
        path: revisionPath(name, digest),
        digest,
        repository: name,
        reason,
      };
    }
  }
}

const BLOB_REMOVED = 'its blob is removed';

function* layerActions(context: Context): Generator<Action> {
  const { facts, marks, dead } = context;
  for (const [repository] of changeable(context)) {
    const { name, layers } = repository;
    for (const node of layers) {
      if (node >= facts.blobs.count || !layerLinkGoes(facts, marks, node)) continue;
      if (marks.options.kinds.has('blob')) yield layerAction(facts, name, node, BLOB_REMOVED);
    }
    if (dead.names.has(name)) continue;
    for (const node of byDigest(facts, oldDanglingLayers(facts, marks, repository))) {
      const stored = facts.manifests.storedAs(node) < facts.blobs.count;
      yield layerAction(facts, name, node, stored ? BLOB_REMOVED : 'its blob is missing');
    }
  }
  yield* unneededLinks(context);
  for (const [{ name }, nodes] of releasedLinks(facts, marks, changeable(context))) {
    if (dead.names.has(name)) continue;
    for (const node of byDigest(facts, nodes)) {
      yield layerAction(facts, name, node, 'only removed manifests of this repository need it');
    }
  }
}

/**
 * Empty layer links that no manifest needs, also in repositories that are kept completely because
 * of such links: the registry serves nothing through an empty link. The next run handles the rest
 * of such a repository.
 */
function* unneededLinks({ facts, marks, dead }: Context): Generator<Action> {
  const { options } = marks;
  if (options.confined !== undefined) return;
  for (const { name, badLayers, immovable } of facts.repositories) {
    if (immovable !== undefined || dead.names.has(name) || !options.inScope(name)) continue;
    for (const { digest, changed, isUnneeded } of badLayers) {
      if (!isUnneeded || isRecent(changed, options)) continue;
      const reason = 'the link is empty, and no manifest here needs the layer';
      yield { kind: 'layer-link', path: layerPath(name, digest), digest, repository: name, reason };
    }
  }
}

/** Sorts by digest, since the numbers of absent digests differ between scans. */
function byDigest(facts: Facts, nodes: readonly Node[]): Node[] {
  const keyed = nodes.map((node) => [digestOf(facts, node), node] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, node]) => node);
}

function layerAction(facts: Facts, repository: string, node: Node, reason: string): Action {
  const digest = digestOf(facts, node);
  return { kind: 'layer-link', path: layerPath(repository, digest), digest, repository, reason };
}

function* uploadActions(context: Context): Generator<Action> {
  for (const [{ name, uploads }] of changeable(context)) {
    if (context.dead.names.has(name)) continue;
    for (const { id, newest, bytes } of uploads) {
      if (isRecent(newest, context.marks.options)) continue;
      const reason = `inactive since ${isoTime(newest)}`;
      yield { kind: 'upload', path: uploadPath(name, id), repository: name, bytes, reason };
    }
  }
}

/** Manifests before the blobs that they refer to, then all other blobs by digest. */
function* blobActions({ facts, marks, unlinked }: Context): Generator<Action> {
  const isManifest = (node: Node): boolean => facts.manifests.row(node) >= 0 || unlinked.has(node);
  const manifests: Node[] = [];
  for (let node = 0; node < facts.blobs.count; node++) {
    if (isManifest(node) && isGarbage(facts, marks, node)) manifests.push(node);
  }
  for (const node of referringFirst(facts, manifests, unlinked)) yield blobAction(facts, node);
  for (let node = 0; node < facts.blobs.count; node++) {
    if (isGarbage(facts, marks, node) && !isManifest(node)) yield blobAction(facts, node);
  }
}

function blobAction(facts: Facts, node: Node): Action {
  const digest = facts.blobs.digest(node);
  const reason = `unreferenced, unchanged since ${isoTime(facts.blobs.newest(node))}`;
  return { kind: 'blob', path: blobPath(digest), digest, bytes: facts.blobs.size(node), reason };
}

function* emptyActions(context: Context): Generator<Action> {
  const { facts, marks, dead } = context;
  const reason = 'empty';
  const paths = facts.emptyFolders.filter((path) => isTidyable(facts, marks, dead.names, path));
  const emptyIn = new Map<string, number>();
  for (const path of deepestFirst(paths)) {
    const parent = path.slice(0, path.lastIndexOf('/'));
    emptyIn.set(parent, (emptyIn.get(parent) ?? 0) + 1);
    yield { kind: 'empty-directory', path, reason };
  }
  for (const name of emptyNamespaces(facts, marks)) {
    yield { kind: 'empty-directory', path: repositoryPath(name), reason };
  }
  yield* emptiedPrefixes(context, emptyIn);
}

/**
 * Folders `blobs/<alg>/<xx>` that this run empties.
 * @param emptyIn for each folder, the number of empty folders in it that are removed
 */
function* emptiedPrefixes(
  { facts, marks }: Context,
  emptyIn: ReadonlyMap<string, number>,
): Generator<Action> {
  const removesBlobs = marks.options.kinds.has('blob');
  let node = 0;
  for (const { algorithm, prefix, count, entries } of facts.blobs.shards) {
    const path = blobPrefixPath(algorithm, prefix.toString(16).padStart(2, '0'));
    let removed = emptyIn.get(path) ?? 0;
    for (let i = 0; i < count; i++, node++) {
      if (removesBlobs && isGarbage(facts, marks, node)) removed += 1;
    }
    if (removed === 0 || removed !== entries) continue;
    yield { kind: 'empty-directory', path, reason: 'empty after this run' };
  }
}

function deepestFirst(paths: readonly string[]): string[] {
  const rows = paths.map((path) => ({ path, depth: path.split('/').length }));
  rows.sort((a, b) => b.depth - a.depth || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return rows.map(({ path }) => path);
}
