/** What each repository holds, alone and with others, in one pass over the marks. */
import { type Facts, NO_NODE, type Node, nodeCount } from '../facts/types.js';
import { Bitset } from './bitset.js';
import { rootsOfRepository, unboundRoots } from './mark.js';
import { reachable } from './reachable.js';
import type { Marks, RepositoryUsage } from './types.js';

const NOBODY = 0;
const SHARED = 0xffffffff;

/** @returns usage in the order of `facts.repositories` */
export function usage(facts: Facts, marks: Marks): RepositoryUsage[] {
  const { blobs } = facts;
  /** Per blob: nobody, one repository's number from 1, or shared. */
  const owner = new Uint32Array(blobs.count);
  const bytes = new Float64Array(facts.repositories.length);
  const visit = new Visitor(facts, marks);
  for (const node of visit.from([...unboundRoots(facts, marks.options), ...facts.guesses])) {
    if (node < blobs.count) owner[node] = SHARED;
  }
  facts.repositories.forEach((repository, i) => {
    const roots = rootsOfRepository(facts, repository, marks.repositories[i]!, marks.options);
    for (const node of visit.from(roots)) {
      if (node >= blobs.count) continue;
      bytes[i]! += blobs.size(node);
      owner[node] = owner[node] === NOBODY ? i + 1 : SHARED;
    }
  });
  const unique = new Float64Array(facts.repositories.length);
  owner.forEach((who, node) => {
    if (who !== NOBODY && who !== SHARED) unique[who - 1]! += blobs.size(node);
  });
  return facts.repositories.map((_, i) => ({
    bytes: bytes[i]!,
    uniqueBytes: unique[i]!,
    sharedBytes: bytes[i]! - unique[i]!,
    untaggedManifests: untagged(facts, i),
  }));
}

/** Visits each repository's closure with one bitset, cleared by what was visited. */
class Visitor {
  readonly #visited: Bitset;

  constructor(
    private readonly facts: Facts,
    private readonly marks: Marks,
  ) {
    this.#visited = new Bitset(nodeCount(facts));
  }

  from(roots: Iterable<Node>): Node[] {
    const found: Node[] = [];
    const { manifests } = this.facts;
    const follow = (node: Node): ArrayLike<number> => {
      found.push(node);
      const down = manifests.references(node);
      if (!this.marks.options.deleteUntagged) return down;
      const up = manifests.referrersOf(node).filter((referrer) => this.marks.reached.has(referrer));
      return up.length === 0 ? down : [...down, ...up];
    };
    reachable(this.#visited, roots, follow);
    for (const node of found) this.#visited.delete(node);
    return found;
  }
}

/** Manifests of a repository that no tag of it leads to. */
function untagged(facts: Facts, index: number): number {
  const { tags, revisions } = facts.repositories[index]!;
  const tagged = new Set<Node>();
  const stack = [...tags.target].filter((node) => node !== NO_NODE);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (tagged.has(node) || facts.manifests.row(node) < 0) continue;
    tagged.add(node);
    for (const child of facts.manifests.references(node)) stack.push(child);
  }
  let count = 0;
  for (const node of revisions.node) if (!tagged.has(node)) count += 1;
  return count;
}
