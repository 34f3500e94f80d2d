/**
 * The place of each blob on the page: a repository, a tag, or one of the special values, as
 * numbers.
 */
import type { Facts, Node } from '../../facts/types.js';
import { OWNER, type Owners, PART } from '../../graph/sizes/owners.js';
import type { Marks } from '../../graph/types.js';
import { largest } from './choose.js';
import { HOLDER, type OwnerPlace } from './data.js';
import type { BlobView } from './disk.js';

export interface Shown {
  /** Numbers of the repositories that have a row, ascending. */
  readonly repositories: Uint32Array;
  /** Numbers of the parts whose tags have a row, ascending. */
  readonly tagParts: Uint32Array;
  /** By part: apparent bytes of the live blobs that only it refers to. */
  readonly frees: Float64Array;
  /** By part: the same on disk. */
  readonly freesDisk: Float64Array;
}

export interface ShownLimits {
  readonly repositories: number;
  readonly tags: number;
}

/** The value of a repository without a row. */
export const HIDDEN = -1;

/** @param sizes by repository: its weight, or HIDDEN */
export function chooseShown(
  facts: Facts,
  marks: Marks,
  { owner, starts, reach }: Owners,
  sizes: Float64Array,
  view: (node: Node) => BlobView,
  limits: ShownLimits,
): Shown {
  const frees = new Float64Array(reach.length);
  const freesDisk = new Float64Array(reach.length);
  owner.forEach((who, node) => {
    if (who === OWNER.nobody || who >= OWNER.kept || !marks.reached.has(node)) return;
    frees[who - 1]! += facts.blobs.size(node);
    freesDisk[who - 1]! += view(node).diskBytes;
  });
  const repositories = largest(sizes, limits.repositories).filter((i) => sizes[i] !== HIDDEN);
  /**
   * Tags that free nothing alone still come before parts that are no tags of a shown repository.
   */
  const weights = new Float64Array(reach.length).fill(-1);
  for (const i of repositories) {
    const { tags } = facts.repositories[i]!;
    tags.names.forEach((_, t) => {
      const part = starts[i]! + PART.firstTag + t;
      weights[part] = frees[part]! + reach[part]! / 2 ** 52;
    });
  }
  const tagParts = largest(weights, limits.tags).filter((part) => weights[part]! >= 0);
  return { repositories, tagParts, frees, freesDisk };
}

/**
 * Assigns numbers to places in the order in which they occur. The number after the last repository
 * stands for all repositories without a row.
 */
export class Places {
  readonly list: OwnerPlace[] = [];
  readonly #byOwner = new Map<number, number>();
  readonly #byPlace = new Map<string, number>();
  readonly #repositoryAt: Int32Array;
  readonly #tagAt = new Map<number, number>();

  constructor(
    private readonly owners: Owners,
    shown: Shown,
  ) {
    this.#repositoryAt = new Int32Array(owners.starts.length - 1).fill(shown.repositories.length);
    shown.repositories.forEach((i, at) => {
      this.#repositoryAt[i] = at;
    });
    shown.tagParts.forEach((part, at) => {
      this.#tagAt.set(part, at);
    });
  }

  /** The page's number of a repository. */
  repository(index: number): number {
    return this.#repositoryAt[index]!;
  }

  /** The number of a blob's place. */
  of(node: Node): number {
    const owner = this.owners.owner[node]!;
    const known = this.#byOwner.get(owner);
    if (known !== undefined) return known;
    const place = this.#place(owner);
    const key = place.join();
    const number = this.#byPlace.get(key) ?? this.list.push(place) - 1;
    this.#byPlace.set(key, number);
    this.#byOwner.set(owner, number);
    return number;
  }

  #place(owner: number): OwnerPlace {
    if (owner === OWNER.nobody) return [-1, HOLDER.unreferenced];
    if (owner === OWNER.shared) return [-1, HOLDER.shared];
    if (owner === OWNER.kept) return [-1, HOLDER.kept];
    const index = this.repositoryOfPart(owner - 1);
    const repository = this.repository(index);
    const part = owner - 1 - this.owners.starts[index]!;
    if (part === PART.severalTags) return [repository, HOLDER.severalTags];
    if (part === PART.untagged) return [repository, HOLDER.untagged];
    if (part === PART.unreferenced) return [repository, HOLDER.unreferenced];
    return [repository, this.#tagAt.get(owner - 1) ?? HOLDER.otherTags];
  }

  repositoryOfPart(part: number): number {
    const { starts } = this.owners;
    let low = 0;
    let high = starts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= part) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
