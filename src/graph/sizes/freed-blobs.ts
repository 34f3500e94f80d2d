/** What a run releases: the blobs that were reachable before its removals and aren't after them. */
import { digestOf, type Facts, type Node, nodeCount } from '../../facts/types.js';
import type { Digest } from '../../storage/digest.js';
import { Bitset } from '../mark/bitset.js';
import { rootsIn } from '../mark/reachable.js';
import { isRecent } from '../mark/recent-blobs.js';
import { KEEPS_NONE, Walk } from '../mark/walk.js';
import type { Marks } from '../types.js';
import { Closures } from './closures.js';
import { NOBODY, ownersOf, SHARED } from './owner-column.js';

export interface Share {
  readonly blobs: number;
  /** Apparent. */
  readonly bytes: number;
}

export interface Released {
  /** Goes now. */
  readonly now: Share;
  /** Stays until it is old enough. */
  readonly later: Share & {
    /** Seconds since 1970 when the last of it is; undefined where there is none. */
    readonly until?: number;
  };
  /** By repository: what it alone held, of all that is released. */
  readonly held: ReadonlyMap<string, Share>;
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
  const until = later.blobs === 0 || newest >= FOREVER ? {} : { until: newest + minAge };
  return {
    now: now.done(),
    later: { ...later.done(), ...until },
    held: heldAlone(facts, before, nodes),
  };
}

/** How an unknown age is written. */
const FOREVER = 0xffffffff;

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

function heldAlone(facts: Facts, marks: Marks, nodes: Bitset): Map<string, Share> {
  const closures = new Closures(facts, marks);
  const { owner } = ownersOf(facts, facts.repositories.length, (i) => closures.of(i));
  const sums = new Map<number, Sum>();
  for (const node of nodes) {
    const who = owner[node]!;
    if (who === NOBODY || who === SHARED) continue;
    const sum = sums.get(who - 1) ?? new Sum(facts);
    sums.set(who - 1, sum);
    sum.add(node);
  }
  return new Map([...sums].map(([i, sum]) => [facts.repositories[i]!.name, sum.done()]));
}

/**
 * What of the given images stays since something else needs it.
 * @param digests manifests that go
 * @returns by repository that needs some of it, sorted by name; '' for what no repository holds
 *   (digests in use, blobs that can't be removed)
 */
export function stillHeld(
  facts: Facts,
  marks: Marks,
  digests: ReadonlySet<Digest>,
): Map<string, Share> {
  const starts = [...facts.manifests.nodes].filter((node) => digests.has(digestOf(facts, node)));
  const closure = new Walk(facts.manifests, nodeCount(facts), KEEPS_NONE).add(rootsIn(starts));
  const nodes = new Bitset(facts.blobs.count);
  for (const node of closure) {
    if (node < facts.blobs.count && marks.reached.has(node)) nodes.add(node);
  }
  const sums = new Map<string, Sum>();
  const add = (name: string, node: Node): void => {
    const sum = sums.get(name) ?? new Sum(facts);
    sums.set(name, sum);
    sum.add(node);
  };
  if (nodes.count() === 0) return new Map();
  const closures = new Closures(facts, marks);
  facts.repositories.forEach(({ name }, i) => {
    for (const node of closures.of(i)) if (nodes.has(node)) add(name, node);
  });
  for (const node of closures.ofUnbound()) if (nodes.has(node)) add('', node);
  return new Map([...sums].map(([name, sum]) => [name, sum.done()]));
}

/** Manifests that were chosen to go and stay, since something needs them: by repository. */
export function staysAnyway(facts: Facts, marks: Marks): { repository: string; digest: Digest }[] {
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

/** Whether an upload in a repository is too young for the repository to go. */
export function hasRecentUpload(facts: Facts, marks: Marks, name: string): boolean {
  const repository = facts.repositories.find((one) => one.name === name);
  return repository?.uploads.some(({ newest }) => isRecent(newest, marks.options)) ?? false;
}
