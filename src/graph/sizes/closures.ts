/**
 * The closures of repositories: everything that their roots lead to. All sizes use this definition.
 * Pure.
 */
import { type Facts, type Node, nodeCount, positionIn } from '../../facts/types.js';
import { KEEPS_NONE, type Keeps, Walk } from '../mark/follow-references.js';
import { rootsOfRepository, unboundRoots } from '../mark/mark.js';
import { type Roots, rootsIn } from '../mark/reachable.js';
import type { Marks } from '../types.js';

/** A returned list is valid until the next call. */
export class Closures {
  readonly #walk: Walk;

  constructor(
    private readonly facts: Facts,
    private readonly marks: Marks,
  ) {
    this.#walk = new Walk(facts.manifests, nodeCount(facts), KEEPS_NONE);
  }

  /** @returns everything that a repository keeps, by its index in `facts.repositories` */
  of(index: number): Uint32Array {
    // A referrer that the repository links is among the roots, unless untagged manifests go.
    const keeps = this.marks.options.deleteUntagged ? this.#keeps(index) : KEEPS_NONE;
    return this.#walk.from((visit) => this.eachRoot(index, visit), keeps);
  }

  /** @returns everything that one node of the repository leads to */
  ofNode(index: number, node: Node): Uint32Array {
    return this.from(index, rootsIn([node]));
  }

  eachRoot(index: number, visit: (node: Node) => void): void {
    const { repositories, options } = this.marks;
    const repository = this.facts.repositories[index]!;
    rootsOfRepository(this.facts, repository, repositories[index]!, options, visit);
  }

  from(index: number, roots: Roots): Uint32Array {
    return this.#walk.from(roots, this.#keeps(index));
  }

  /**
   * @returns what is kept for no repository: digests in use, immovable blobs, guesses from damaged
   *   links
   */
  ofUnbound(): Uint32Array {
    return this.#walk.from((visit) => {
      unboundRoots(this.facts, this.marks.options, visit);
      this.facts.guesses.forEach(visit);
    });
  }

  /**
   * With `--delete-untagged`, a live subject keeps its referrers. Otherwise a referrer is kept as a
   * root of the repository that links it.
   */
  #keeps(index: number): Keeps {
    const { reached, options, repositories } = this.marks;
    if (options.deleteUntagged) return (referrer) => reached.has(referrer);
    const { node } = this.facts.repositories[index]!.revisions;
    const { removedRevisions } = repositories[index]!;
    return (referrer) => {
      const position = positionIn(node, referrer);
      return position >= 0 && !removedRevisions.has(position);
    };
  }
}
