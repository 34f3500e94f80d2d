/**
 * Layer links that only manifests which go in this run needed, though their blobs stay: another
 * repository holds those. Without this a repository would keep links to all that it ever held.
 */
import { type Facts, type Node, nodeCount, type RepositoryFacts } from '../../facts/types.js';
import { rootsOfRepository, unboundRoots } from '../../graph/mark/mark.js';
import { isRecent } from '../../graph/mark/recent-blobs.js';
import { KEEPS_NONE, Walk } from '../../graph/mark/walk.js';
import type { Marks } from '../../graph/types.js';
import { layerLinkGoes } from './removal-rules.js';

/** @returns by repository: the nodes of its links that go; one pass, with memory for one repository */
export function* releasedLinks(
  facts: Facts,
  marks: Marks,
  repositories: Iterable<[RepositoryFacts, number]>,
): Generator<[RepositoryFacts, Node[]]> {
  const nodes = nodeCount(facts);
  const going = new Walk(facts.manifests, nodes, KEEPS_NONE);
  const staying = new Walk(facts.manifests, nodes, () => true);
  const unbound: Node[] = [...facts.guesses];
  unboundRoots(facts, marks.options, (node) => {
    unbound.push(node);
  });
  for (const [repository, i] of repositories) {
    const links = marks.repositories[i]!;
    if (links.removedRevisions.count() === 0) continue;
    staying.from((visit) => {
      rootsOfRepository(facts, repository, links, marks.options, visit);
      unbound.forEach(visit);
    });
    going.from((visit) => {
      links.removedRevisions.forEach((position) => {
        visit(repository.revisions.node[position]!);
        visit(repository.revisions.target[position]!);
      });
    });
    const released = [...repository.layers].filter(
      (node) =>
        going.visited.has(node) &&
        !staying.visited.has(node) &&
        mayGo(facts, marks, repository, node),
    );
    if (released.length > 0) yield [repository, released];
  }
}

/** Of one whose blob goes, or that dangles by itself, the plan knows already. */
function mayGo(facts: Facts, marks: Marks, repository: RepositoryFacts, node: Node): boolean {
  const { options } = marks;
  if (node < facts.blobs.count) {
    return marks.reached.has(node) && !isRecent(facts.blobs.newest(node), options);
  }
  if (options.confined === undefined && layerLinkGoes(facts, marks, node)) return false;
  const { danglingLayers } = repository;
  const changed = danglingLayers.changed[danglingLayers.node.indexOf(node)];
  return changed !== undefined && !isRecent(changed, options);
}
