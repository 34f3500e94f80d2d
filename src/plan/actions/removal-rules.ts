/** The rules that turn marks into decisions, shared by plan, report and explain. */
import {
  digestOf,
  type Facts,
  type Node,
  positionIn,
  type RepositoryFacts,
} from '../../facts/types.js';
import { isRemovedCompletely, keepReason } from '../../graph/mark/kept-repositories.js';
import { isRecent } from '../../graph/mark/recent-blobs.js';
import type { Marks } from '../../graph/types.js';
import { layerPath } from '../../storage/layout.js';

/** Whether a blob on the disk is unreferenced and old enough to be removed. */
export function isGarbage(facts: Facts, marks: Marks, node: Node): boolean {
  if (node >= facts.blobs.count || marks.reached.has(node) || marks.recent.has(node)) return false;
  return marks.options.confined?.blobs?.has(node) ?? true;
}

/** Whether this run may remove something from the repository. */
export function mayChange(repository: RepositoryFacts, marks: Marks): boolean {
  return keepReason(repository, marks.options) === undefined;
}

/** Whether a layer link may be removed: its blob is removed, or is missing and not referenced. */
export function layerLinkGoes(facts: Facts, marks: Marks, node: Node): boolean {
  if (node < facts.blobs.count) return isGarbage(facts, marks, node);
  if (marks.reached.has(node) || marks.recent.has(node)) return false;
  const targets = facts.manifests.references(node);
  const removesBlobs = marks.options.kinds.has('blob');
  const isRemoved = (to: Node): boolean => removesBlobs && isGarbage(facts, marks, to);
  return [...targets].every((to) => to >= facts.blobs.count || isRemoved(to));
}

/** Dangling layer links that are old enough to be removed. */
export function oldDanglingLayers(facts: Facts, marks: Marks, repository: RepositoryFacts): Node[] {
  const { node, changed } = repository.danglingLayers;
  if (marks.options.confined !== undefined) return [];
  const old: Node[] = [];
  node.forEach((one, i) => {
    if (isRecent(changed[i]!, marks.options) || !layerLinkGoes(facts, marks, one)) return;
    const digest = digestOf(facts, one);
    if (!isPinned(marks, layerPath(repository.name, digest))) old.push(one);
  });
  return old;
}

/**
 * Positions in `history` of manifests that the repository doesn't link any more, or not after this
 * run. A confined run leaves out those that were dangling before it.
 */
export function lostHistory(facts: Facts, marks: Marks, index: number): number[] {
  const { history, revisions, tags } = facts.repositories[index]!;
  const { removedTags, removedRevisions } = marks.repositories[index]!;
  const { confined } = marks.options;
  const lost: number[] = [];
  for (let i = 0; i < history.tag.length; i++) {
    const tag = history.tag[i]!;
    const node = history.node[i]!;
    if (removedTags.has(tag) || tags.target[tag] === node) continue;
    const position = positionIn(revisions.node, node);
    const danglesNow = position < 0 && confined === undefined;
    if (danglesNow || removedRevisions.has(position)) lost.push(i);
  }
  return lost;
}

/**
 * Whether a repository has no tag, no revision, and no recent upload or layer link after this run.
 * The layer links of a repository that the user removes completely don't count.
 */
export function isDead(facts: Facts, marks: Marks, index: number): boolean {
  const repository = facts.repositories[index]!;
  const { removedTags, removedRevisions } = marks.repositories[index]!;
  const { options } = marks;
  const recentLink = isRecent(repository.newestLayerLink, options);
  const { uploads } = repository;
  return (
    (options.confined?.repositories.has(repository.name) ?? true) &&
    mayChange(repository, marks) &&
    !repository.foreign &&
    !repository.unseen &&
    removedTags.count() === repository.tags.names.length &&
    removedRevisions.count() === repository.revisions.node.length &&
    (!recentLink || isRemovedCompletely(repository, options)) &&
    uploads.every((upload) => !isRecent(upload.newest, options)) &&
    (uploads.length === 0 || options.keepUploads !== true)
  );
}

/** Whether the path must not be removed in this run, such as one behind a symbolic link. */
export function isPinned(marks: Marks, path: string): boolean {
  return marks.options.pinnedPaths?.has(path) ?? false;
}
