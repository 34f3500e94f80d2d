/** What the marks mean for single things: one place, so that plan, report and explain agree. */
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

/** A blob on the disk that nothing keeps. */
export function isGarbage(facts: Facts, marks: Marks, node: Node): boolean {
  if (node >= facts.blobs.count || marks.reached.has(node) || marks.recent.has(node)) return false;
  return marks.options.confined?.blobs?.has(node) ?? true;
}

/** This run may take something out of the repository. */
export function mayChange(repository: RepositoryFacts, marks: Marks): boolean {
  return keepReason(repository, marks.options) === undefined;
}

/** Whether a layer link may go: its blob goes, or is not there and nothing refers to it. */
export function layerLinkGoes(facts: Facts, marks: Marks, node: Node): boolean {
  if (node < facts.blobs.count) return isGarbage(facts, marks, node);
  if (marks.reached.has(node) || marks.recent.has(node)) return false;
  const targets = facts.manifests.references(node);
  const blobsGo = marks.options.kinds.has('blob');
  const goes = (to: Node): boolean => blobsGo && isGarbage(facts, marks, to);
  return [...targets].every((to) => to >= facts.blobs.count || goes(to));
}

/** Dangling layer links that are old enough to go. */
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
 * Positions in `history` that name manifests which the repository no longer links, or won't.
 * A confined run leaves those that dangled before it.
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
 * No tag, no revision, and no upload or layer link that is young: only the catalog still knows it.
 * The links of one that goes as a whole don't count.
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

export function isPinned(marks: Marks, path: string): boolean {
  return marks.options.pinnedPaths?.has(path) ?? false;
}
