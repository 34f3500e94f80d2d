/**
 * Layer links that only manifests which go in this run needed, though their blobs stay: another
 * repository holds those. Without this a repository would keep links to all that it ever held.
 */
import {
  digestOf,
  type Facts,
  type Node,
  nodeCount,
  type RepositoryFacts,
} from '../facts/types.js';
import { Bitset } from '../graph/bitset.js';
import { isYoung, rootsOfRepository, unboundRoots } from '../graph/mark.js';
import { reachable } from '../graph/reachable.js';
import type { Marks, RepositoryMarks } from '../graph/types.js';
import { layerLinkGoes } from './judgement.js';

/** @returns by repository: the nodes of its links that go; one pass, with memory for one repository */
export function* releasedLinks(
  facts: Facts,
  marks: Marks,
  repositories: Iterable<[RepositoryFacts, number]>,
): Generator<[RepositoryFacts, Node[]]> {
  const going = new Bitset(nodeCount(facts));
  const staying = new Bitset(nodeCount(facts));
  for (const [repository, i] of repositories) {
    const links = marks.repositories[i]!;
    if (links.removedRevisions.count() === 0) continue;
    const kept = closure(facts, staying, rootsThatStay(facts, repository, links, marks), true);
    const gone = closure(facts, going, manifestsThatGo(repository, links), false);
    const released = (node: Node): boolean => going.has(node) && !staying.has(node);
    const nodes = [...repository.layers].filter(
      (node) => released(node) && mayGo(facts, marks, repository, node),
    );
    if (nodes.length > 0) yield [repository, nodes];
    for (const node of kept) staying.delete(node);
    for (const node of gone) going.delete(node);
  }
}

function* manifestsThatGo(
  { revisions }: RepositoryFacts,
  { removedRevisions }: RepositoryMarks,
): Generator<Node> {
  for (const position of removedRevisions) {
    yield revisions.node[position]!;
    yield revisions.target[position]!;
  }
}

function* rootsThatStay(
  facts: Facts,
  repository: RepositoryFacts,
  links: RepositoryMarks,
  { options }: Marks,
): Generator<Node> {
  yield* rootsOfRepository(facts, repository, links, options);
  yield* facts.guesses;
  yield* unboundRoots(facts, options);
}

/** @param into empty; holds the answer too */
function closure(
  { manifests }: Facts,
  into: Bitset,
  roots: Iterable<Node>,
  referrers: boolean,
): Node[] {
  const found: Node[] = [];
  reachable(into, roots, (node) => {
    found.push(node);
    const down = manifests.references(node);
    const up = referrers ? manifests.referrersOf(node) : [];
    return up.length === 0 ? down : [...down, ...up];
  });
  return found;
}

/** Of one whose blob goes, or that dangles by itself, the plan knows already. */
function mayGo(facts: Facts, marks: Marks, repository: RepositoryFacts, node: Node): boolean {
  const { options } = marks;
  if (node < facts.blobs.count) {
    return marks.reached.has(node) && !isYoung(facts.blobs.newest(node), options);
  }
  if (options.confined === undefined && layerLinkGoes(facts, marks, node)) return false;
  if (options.inTrash?.has(digestOf(facts, node)) === true) return false;
  const { danglingLayers } = repository;
  const changed = danglingLayers.changed[danglingLayers.node.indexOf(node)];
  return changed !== undefined && !isYoung(changed, options);
}
