/**
 * Computes what a run releases: blobs that were reachable before its removals and are not after
 * them.
 */

import { digestOf, type Facts, type Node, nodeCount } from '../../facts/types.js';
import type { Digest } from '../../storage/digest.js';
import { UNKNOWN_TIME } from '../../util/iso-time.js';
import { Bitset } from '../mark/bitset.js';
import { KEEPS_NONE, Walk } from '../mark/follow-references.js';
import { rootsIn } from '../mark/reachable.js';
import { isRecent } from '../mark/recent-blobs.js';
import type { Marks } from '../types.js';
import { Closures } from './closures.js';
import { NOBODY, ownersOf, SHARED } from './owner-column.js';

export interface Share {
  readonly blobs: number;
  /** Apparent bytes. */
  readonly bytes: number;
}

export interface Released {
  /** Removed in this run. */
  readonly now: Share;
  /** Kept for now, because it is recent. */
  readonly later: Share & {
    /**
     * When the last of it reaches the minimum age, in seconds since 1970; undefined if there is
     * none, or if an age is unknown.
     */
    readonly until?: number;
  };
  /** By repository: the released blobs that only this repository used. */
  readonly unique: ReadonlyMap<string, Share>;
}

/** @param before the same mark without the removals */
export function released(facts: Facts, before: Marks, after: Marks): Released {
  const now = new Sum(facts);
  const later = new Sum(facts);
  const nodes = new Bitset(facts.blobs.count);
  let newest = 0;
  for (const node of before.reached) {
    if (node >= facts.blobs.count || after.reached.has(node)) continue;
    nodes.add(node);
    if (!after.recent.has(node)) now.add(node);
    else {
      later.add(node);
      newest = Math.max(newest, facts.blobs.newest(node));
    }
  }
  const { minAge } = after.options;
  const until = later.blobs === 0 || newest >= UNKNOWN_TIME ? {} : { until: newest + minAge };
  return {
    now: now.done(),
    later: { ...later.done(), ...until },
    unique: uniqueByRepository(facts, before, nodes),
  };
}

class Sum {
  blobs = 0;
  #bytes = 0;

  constructor(private readonly facts: Facts) {}

  add(node: Node): void {
    this.blobs += 1;
    this.#bytes += this.facts.blobs.size(node);
  }

  done(): Share {
    return { blobs: this.blobs, bytes: this.#bytes };
  }
}

function uniqueByRepository(facts: Facts, marks: Marks, nodes: Bitset): Map<string, Share> {
  const closures = new Closures(facts, marks);
  const { owner } = ownersOf(facts, facts.repositories.length, (i) => closures.of(i));
  const sums = new Map<number, Sum>();
  for (const node of nodes) {
    const part = owner[node]!;
    if (part === NOBODY || part === SHARED) continue;
    const sum = sums.get(part - 1) ?? new Sum(facts);
    sums.set(part - 1, sum);
    sum.add(node);
  }
  return new Map([...sums].map(([i, sum]) => [facts.repositories[i]!.name, sum.done()]));
}

/**
 * @param digests manifests that are removed
 * @returns what is kept of these manifests: all of it, and by the name of each repository that needs
 *   it; '' for what is kept for no repository (digests in use, immovable blobs, guesses from damaged
 *   links)
 */
export function keptBlobs(
  facts: Facts,
  marks: Marks,
  digests: ReadonlySet<Digest>,
): { readonly all: Share; readonly byRepository: ReadonlyMap<string, Share> } {
  const starts = [...facts.manifests.nodes].filter((node) => digests.has(digestOf(facts, node)));
  const closure = new Walk(facts.manifests, nodeCount(facts), KEEPS_NONE).add(rootsIn(starts));
  const nodes = new Bitset(facts.blobs.count);
  const all = new Sum(facts);
  for (const node of closure) {
    if (node >= facts.blobs.count || !marks.reached.has(node)) continue;
    nodes.add(node);
    all.add(node);
  }
  const sums = new Map<string, Sum>();
  const add = (name: string, node: Node): void => {
    const sum = sums.get(name) ?? new Sum(facts);
    sums.set(name, sum);
    sum.add(node);
  };
  if (all.blobs === 0) return { all: all.done(), byRepository: new Map() };
  const closures = new Closures(facts, marks);
  facts.repositories.forEach(({ name }, i) => {
    for (const node of closures.of(i)) if (nodes.has(node)) add(name, node);
  });
  for (const node of closures.ofUnbound()) if (nodes.has(node)) add('', node);
  return {
    all: all.done(),
    byRepository: new Map([...sums].map(([name, sum]) => [name, sum.done()])),
  };
}

/** @returns the manifests that were chosen for removal but are needed, and so kept */
export function neededAnyway(facts: Facts, marks: Marks): { repository: string; digest: Digest }[] {
  const found: { repository: string; digest: Digest }[] = [];
  const { removals } = marks.options;
  facts.repositories.forEach(({ name, revisions }, i) => {
    revisions.node.forEach((node, position) => {
      const digest = digestOf(facts, node);
      if (removals.revision(name, digest) === undefined) return;
      if (!marks.repositories[i]!.removedRevisions.has(position)) {
        found.push({ repository: name, digest });
      }
    });
  });
  return found;
}

/** @returns whether a repository is kept because of a recent upload */
export function hasRecentUpload(facts: Facts, marks: Marks, name: string): boolean {
  const repository = facts.repositories.find((one) => one.name === name);
  return repository?.uploads.some(({ newest }) => isRecent(newest, marks.options)) ?? false;
}
