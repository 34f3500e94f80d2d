/** Repositories by the folders of their names: `team/app` lies in `team`. Pure. */
import type { RepositoryFacts } from '../../facts/types.js';

export interface NameNode {
  /** Full name; '' for the root. */
  readonly name: string;
  /** Number of the node above; the root's is itself. */
  readonly parent: number;
  readonly depth: number;
  /** Index into `facts.repositories`, or -1 for a mere namespace. */
  readonly repository: number;
  /** Numbers of the nodes right below, by name. */
  readonly children: readonly number[];
}

export class NameTree {
  readonly nodes: readonly NameNode[];
  /** By index into `facts.repositories`: its node. */
  readonly ofRepository: Uint32Array;

  /** @param repositories sorted by name, as the facts have them */
  constructor(repositories: readonly Pick<RepositoryFacts, 'name'>[]) {
    const nodes: Draft[] = [{ name: '', parent: 0, depth: 0, repository: -1, children: [] }];
    const known = new Map<string, number>([['', 0]]);
    const nodeOf = (name: string): number => {
      const there = known.get(name);
      if (there !== undefined) return there;
      const slash = name.lastIndexOf('/');
      const parent = nodeOf(slash < 0 ? '' : name.slice(0, slash));
      const number = nodes.length;
      known.set(name, number);
      const depth = nodes[parent]!.depth + 1;
      nodes.push({ name, parent, depth, repository: -1, children: [] });
      nodes[parent]!.children.push(number);
      return number;
    };
    this.ofRepository = Uint32Array.from(repositories, ({ name }, i) => {
      const number = nodeOf(name);
      nodes[number]!.repository = i;
      return number;
    });
    this.nodes = nodes;
  }

  /** The deepest node that holds both. */
  common(one: number, other: number): number {
    let a = one;
    let b = other;
    while (a !== b) {
      if (this.nodes[a]!.depth >= this.nodes[b]!.depth) a = this.nodes[a]!.parent;
      else b = this.nodes[b]!.parent;
    }
    return a;
  }

  /** Adds each node's value to all nodes above it, in place. */
  sumUp(values: Float64Array): void {
    // A node comes after the one above it.
    for (let i = values.length - 1; i > 0; i--) values[this.nodes[i]!.parent]! += values[i]!;
  }

  /** Indexes into `facts.repositories` of all repositories at this node and below. */
  repositoriesBelow(node: number): number[] {
    const { repository, children } = this.nodes[node]!;
    const below = children.flatMap((child) => this.repositoriesBelow(child));
    return repository < 0 ? below : [repository, ...below];
  }
}

interface Draft {
  readonly name: string;
  readonly parent: number;
  readonly depth: number;
  repository: number;
  readonly children: number[];
}
