/**
 * Reports leftovers as findings: those that `tidy` removes, and stale uploads for `sweep`. Pure.
 */
import type { Finding } from '../../facts/findings.js';
import {
  digestOf,
  type Facts,
  type Node,
  positionIn,
  type RepositoryFacts,
} from '../../facts/types.js';
import { isRecent } from '../../graph/mark/recent-blobs.js';
import type { Marks } from '../../graph/types.js';
import { layerPath, repositoryPath, tagHistoryPath, uploadPath } from '../../storage/layout.js';
import { isDead, isPinned, layerLinkGoes, mayChange, oldDanglingLayers } from './removal-rules.js';

/**
 * Facts of a brief scan have no ages of dangling layer links, so recent ones are included, and no
 * tag history.
 * @param marks those of a plain `tidy`: manifests that only `-m` or a policy removes are not
 *   leftovers
 */
export function* debrisIn(facts: Facts, marks: Marks): Generator<Finding> {
  for (const finding of allDebris(facts, marks)) {
    const { path } = finding;
    if (!isPinned(marks, path) && !facts.linked.covers(path)) yield finding;
  }
}

function* allDebris(facts: Facts, marks: Marks): Generator<Finding> {
  for (const [i, repository] of facts.repositories.entries()) {
    const { name, tags, revisions } = repository;
    if (!mayChange(repository, marks)) continue;
    const isBare = tags.names.length === 0 && revisions.node.length === 0;
    if (isBare && isDead(facts, marks, i)) {
      yield { code: 'dead-repository', path: repositoryPath(name), repository: name };
      continue;
    }
    for (const { id, newest } of repository.uploads) {
      if (isRecent(newest, marks.options)) continue;
      yield { code: 'stale-upload', path: uploadPath(name, id), repository: name };
    }
    yield* danglingIn(facts, marks, repository);
    yield* historyIn(facts, repository);
  }
}

function* danglingIn(facts: Facts, marks: Marks, repository: RepositoryFacts): Generator<Finding> {
  const { name, danglingLayers } = repository;
  const nodes: Iterable<Node> = facts.layerTimes
    ? oldDanglingLayers(facts, marks, repository)
    : danglingLayers.node.filter((node) => layerLinkGoes(facts, marks, node));
  for (const node of nodes) {
    const digest = digestOf(facts, node);
    const path = layerPath(name, digest);
    yield { code: 'dangling-layer-link', path, repository: name, digest };
  }
}

function* historyIn(facts: Facts, repository: RepositoryFacts): Generator<Finding> {
  const { name, history, tags, revisions } = repository;
  for (let i = 0; i < history.tag.length; i++) {
    const tag = history.tag[i]!;
    const node = history.node[i]!;
    if (tags.target[tag] === node || positionIn(revisions.node, node) >= 0) continue;
    const digest = digestOf(facts, node);
    const path = tagHistoryPath(name, tags.names[tag]!, digest);
    yield { code: 'dangling-tag-history', path, repository: name, digest };
  }
}
