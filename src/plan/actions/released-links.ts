/**
 * Finds layer links that only manifests removed in this run need, and whose blobs are kept because
 * another repository uses them. Otherwise a repository would keep links to all layers it ever had.
 */
import { type Facts, type Node, nodeCount, type RepositoryFacts } from '../../facts/types.js';
import { KEEPS_NONE, Walk } from '../../graph/mark/follow-references.js';
import { rootsOfRepository, unboundRoots } from '../../graph/mark/mark.js';
import { isRecent } from '../../graph/mark/recent-blobs.js';
import type { Marks } from '../../graph/types.js';
import { layerLinkGoes } from './removal-rules.js';

/**
 * Reads the repositories in one pass, with memory for one of them.
 * @returns each repository with the nodes of the links to remove
 */
export function* releasedLinks(
  facts: Facts,
  marks: Marks,
  repositories: Iterable<[RepositoryFacts, number]>,
): Generator<[RepositoryFacts, Node[]]> {
  const nodes = nodeCount(facts);
  const removed = new Walk(facts.manifests, nodes, KEEPS_NONE);
  const kept = new Walk(facts.manifests, nodes, () => true);
  const unbound: Node[] = [...facts.guesses];
  unboundRoots(facts, marks.options, (node) => {
    unbound.push(node);
  });
  for (const [repository, i] of repositories) {
    const links = marks.repositories[i]!;
    if (links.removedRevisions.count() === 0) continue;
    kept.from((visit) => {
      rootsOfRepository(facts, repository, links, marks.options, visit);
      unbound.forEach(visit);
    });
    removed.from((visit) => {
      links.removedRevisions.forEach((position) => {
        visit(repository.revisions.node[position]!);
        visit(repository.revisions.target[position]!);
      });
    });
    const released = [...repository.layers].filter(
      (node) =>
        removed.visited.has(node) &&
        !kept.visited.has(node) &&
        mayRelease(facts, marks, repository, node),
    );
    if (released.length > 0) yield [repository, released];
  }
}

/** False for a link that the plan removes anyway: with its blob, or as a dangling one. */
function mayRelease(facts: Facts, marks: Marks, repository: RepositoryFacts, node: Node): boolean {
  const { options } = marks;
  if (node < facts.blobs.count) {
    return marks.reached.has(node) && !isRecent(facts.blobs.newest(node), options);
  }
  if (options.confined === undefined && layerLinkGoes(facts, marks, node)) return false;
  const { danglingLayers } = repository;
  const changed = danglingLayers.changed[danglingLayers.node.indexOf(node)];
  return changed !== undefined && !isRecent(changed, options);
}
