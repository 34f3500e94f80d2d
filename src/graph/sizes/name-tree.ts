/** Repositories as a tree of their names: `team/app` is below `team`. Pure. */
import type { RepositoryFacts } from '../../facts/types.js';

export interface NameNode {
  /** Full name; '' for the root. */
  readonly name: string;
  /** Number of the parent node. The root is its own parent. */
  readonly parent: number;
  readonly depth: number;
  /** Index into `facts.repositories`, or -1 if the node is only a namespace. */
  readonly repository: number;
  /** Numbers of the child nodes, in the order of their names. */
  readonly children: readonly number[];
}

export class NameTree {
  readonly nodes: readonly NameNode[];
  /** Node numbers by index into `facts.repositories`. */
  readonly ofRepository: Uint32Array;

  /** @param repositories sorted by name, as in the facts */
  constructor(repositories: readonly Pick<RepositoryFacts, 'name'>[]) {
    const nodes: Draft[] = [{ name: '', parent: 0, depth: 0, repository: -1, children: [] }];
    const known = new Map<string, number>([['', 0]]);
    const nodeOf = (name: string): number => {
      const existing = known.get(name);
      if (existing !== undefined) return existing;
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

  /** @returns the deepest node that contains both */
  common(one: number, other: number): number {
    let a = one;
    let b = other;
    while (a !== b) {
      if (this.nodes[a]!.depth >= this.nodes[b]!.depth) a = this.nodes[a]!.parent;
      else b = this.nodes[b]!.parent;
    }
    return a;
  }

  /** Adds the value of each node to all its ancestors, in place. */
  sumUp(values: Float64Array): void {
    // A node has a higher number than its parent.
    for (let i = values.length - 1; i > 0; i--) values[this.nodes[i]!.parent]! += values[i]!;
  }

  /** @returns indexes into `facts.repositories` of all repositories at this node and below */
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
